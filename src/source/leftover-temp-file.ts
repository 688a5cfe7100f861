import { stat } from "node:fs/promises";
import { systemCode } from "../errors.js";
import type { Warning } from "../types/run-result.js";
import type { Candidate } from "../types/source-file.js";
import { identityOf } from "./file-identity.js";
import { opensContainer } from "./first-byte.js";
import { parses } from "./json/parse-json.js";
import { Scanner } from "./json/scanner.js";
import { readText } from "./read-text.js";
import { unreadable } from "./unreadable-source.js";

/** What is to be read, and what is to be reported about that. */
interface Recovered {
  readonly candidates: readonly Candidate[];
  readonly warnings: readonly Warning[];
}

/**
 * Crash recovery as `dbcontext` (1.0.1 on) does it when it starts, but without renaming anything: `x.tmp.json` beside
 * `x.json` is a save that was not finished. One that is whole is newer, and is read instead; one that is not is
 * ignored, unless it was named outright. Where `x.tmp.json` stands alone it is a source like any other.
 * @throws MigrateError `source-unreadable`
 */
export async function recover(candidates: readonly Candidate[]): Promise<Recovered> {
  const chosen = new Map<string, Candidate>();
  const ignored = new Set<string>();
  const warnings: Warning[] = [];
  for (const candidate of candidates) {
    const save = await unfinishedSaveOf(candidate);
    if (save === null) {
      chosen.set(candidate.path, candidate);
    } else if (await isWhole({ ...save, identity: null })) {
      const message = `${save.path} is whole, as a crash leaves it, so that the library would read it in the place of ${candidate.path}: so was done here, and ${candidate.path} was not read`;
      warnings.push({ code: "recovered", message });
      chosen.set(save.path, save);
    } else {
      const message = `${save.path} was cut off by a crash: ignored, as the library does, and ${candidate.path} read`;
      warnings.push({ code: "unfinished-save", message });
      chosen.set(candidate.path, candidate);
      ignored.add(save.path);
    }
  }
  const kept = [...chosen.values()].filter(({ path, named }) => named || !ignored.has(path));
  return { candidates: kept, warnings };
}

/** Where `dbcontext` writes before it renames: `x.y` → `x.tmp.y`. */
export function temporaryOf(path: string): string {
  return path.replace(/(\.[^./\\]*)?$/, ".tmp$1");
}

async function unfinishedSaveOf(candidate: Candidate): Promise<Candidate | null> {
  if (candidate.stdinFile !== null || candidate.path.endsWith(".gz")) return null;
  const path = temporaryOf(candidate.path);
  try {
    const stats = await stat(path);
    return stats.isFile() ? { ...candidate, path, bytes: stats.size, identity: identityOf(stats) } : null;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw unreadable(path, error);
  }
}

/** Deep enough that each piece is a record at most, in the layout in which `dbcontext` writes. */
const pieceDepth = 3;

/** Whether a file is JSON from end to end, checked piece by piece: `dbcontext` asks JSON.parse. */
async function isWhole(candidate: Candidate): Promise<boolean> {
  let whole = true;
  const scanner = new Scanner({
    // Whatever is no container is a piece, however high it stands.
    value: (path, opens) => (opensContainer(opens) && path.length < pieceDepth ? "enter" : "take"),
    taken: (_, { bytes }) => {
      whole &&= parses(bytes);
    },
    damaged: () => {
      whole = false;
    },
  });
  const text = readText(candidate);
  for await (const chunk of text.chunks) {
    scanner.write(chunk);
    if (!whole) return false;
  }
  scanner.end();
  return whole && text.damages().length === 0;
}
