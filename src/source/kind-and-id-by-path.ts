import type { Kind } from "../types/kind.js";
import type { Level } from "./json/scanner-visitor.js";

const kindOfSet: ReadonlyMap<string, Kind> = new Map([
  ["conversations", "conversation"],
  ["keys", "key"],
]);

/** Whether a name is that of one of the library's two sets. */
export function isSetName(name: string): boolean {
  return kindOfSet.has(name);
}

/** The kind of record that stands at, or would stand below, `path`; null where only its fields decide. */
export function kindAt(path: readonly Level[]): Kind | null {
  const [root, inner] = unnested(path);
  if (root === undefined || root.array) return null;
  return kindOfSet.get(root.name) ?? (inner === undefined ? (redisKeyIn(root.name)?.kind ?? null) : null);
}

/** A set that seems to stand within the other stands beside it: the bracket between them was lost. */
export function unnested(path: readonly Level[]): readonly Level[] {
  const [root, set] = path;
  const nested = root?.array === false && set?.array === false && isSetName(root.name);
  return nested && isSetName(set.name) ? path.slice(1) : path;
}

/** The kind and id that a Redis key names, under any prefix; null where the name is no such key. */
export function redisKeyIn(name: string): { readonly kind: Kind; readonly id: string } | null {
  const [, set = "", id = ""] = /^.*?(conversations|keys):(.+)$/s.exec(name) ?? [];
  const kind = kindOfSet.get(set);
  return kind === undefined ? null : { kind, id };
}

/** The id that a record has by its place: its name, in an object of records by id or by Redis key; null for none. */
export function idAt(path: readonly Level[]): string | null {
  const levels = unnested(path);
  const [root, set, row] = levels;
  if (root === undefined || root.array || levels.length > 3) return null;
  if (set === undefined) return redisKeyIn(root.name)?.id ?? null;
  if (set.array) return null;
  if (row === undefined) return set.name;
  if (row.array || set.name !== "rows") return null;
  // Rows as an object: their names may be ids, or count them.
  return [row.index, row.index + 1].map(String).includes(row.name) ? null : row.name;
}

/** Whether other programs' data may stand at `path` as well. Nobody but `dbcontext` writes the rows of a set as it does. */
export function mustShowSign(path: readonly Level[]): boolean {
  const levels = unnested(path);
  const [root, set, row] = levels;
  const inRows = root?.array === false && set?.array === false && set.name === "rows";
  return !(inRows && isSetName(root.name) && row?.array && levels.length === 3);
}
