import type { Rejection } from "../types/row.js";
import type { Layout } from "../types/source-file.js";
import { type FieldsSeen, noFields, withField } from "./fields-seen-in-object.js";
import type { Level } from "./json/scanner-visitor.js";
import { isSetName, redisKeyIn, unnested } from "./kind-and-id-by-path.js";
import { layoutTraits } from "./layout-traits.js";

type Problem = Pick<Rejection, "kind" | "reason">;

/** What the sets of a file have shown so far. */
export interface SetWatch {
  /**
   * To be asked as each value begins: what must be reported of it, if anything. A set, or the rows of one, may stand a
   * second time in its document: JSON.parse, and so the library, takes the last one alone; what is read row by row has
   * handed over the first by then. Or the object that holds the sets has the fields of a record, and is not read as one.
   */
  problemAt(path: readonly Level[], opens: number): Problem | null;
  /** The layout at `path`: a set in which no rows were seen holds records by id, whatever other sets do. */
  layoutAt(path: readonly Level[]): Layout;
}

const setTwice: Problem = {
  kind: null,
  reason:
    "a set, or its rows, stands a second time here: the library sees the last alone; all of them were read",
};

function recordAround({ messages }: FieldsSeen): Problem {
  const [kind, what] = messages
    ? (["conversation", "a conversation"] as const)
    : (["key", "an API key"] as const);
  return { kind, reason: `the object around these sets is ${what} itself: that was not read, its sets were` };
}

export function watchSets(layout: Layout): SetWatch {
  const sets = new Set<string>();
  let sawRows = false;
  /** Of the object around the sets. */
  let fields = noFields;
  let reported = false;
  const atMember = ({ name }: Level, opens: number): Problem | null => {
    const ours = isSetName(name);
    const twice = ours && sets.has(name);
    if (ours) {
      sets.add(name);
      sawRows = false;
    } else if (redisKeyIn(name) !== null) sets.add("by key");
    fields = withField(fields, name, opens);
    const record = (fields.messages && fields.sign) || (fields.key && fields.usage);
    if (record && !reported && sets.size > 0) {
      reported = true;
      return recordAround(fields);
    }
    return twice ? setTwice : null;
  };
  return {
    problemAt: (path, opens) => {
      // Rows, which are many, stand deeper, but for a set that seems to stand within the other.
      if (path.length > 3) return null;
      const [root, set, row] = unnested(path);
      if (root === undefined) {
        sets.clear();
        [fields, reported] = [noFields, false];
        return null;
      }
      if (row !== undefined || root.array) return null;
      if (set === undefined) return atMember(root, opens);
      if (!isSetName(root.name) || set.array || set.name !== "rows") return null;
      const twice = sawRows;
      sawRows = true;
      return twice ? setTwice : null;
    },
    layoutAt: (path) =>
      path.length > 1 && !sawRows && layoutTraits[layout].mixesWithById ? "by-id" : layout,
  };
}
