import { existsSync } from "node:fs";
import { migrateError, systemCode } from "../errors.js";
import { type ExportFile, exportAll } from "../modes/export.js";
import { checkNewFile, type NewFile, openNewFile } from "../new-file/open-new-file.js";
import { type LibraryFile, writeLibraryFile } from "../new-file/write-library-file.js";
import { openRejects } from "../report/rejects-file.js";
import { connect, preflight } from "./connect-and-check.js";
import type { RunState } from "./run-state.js";

const flag = "--export";

/**
 * Writes what Redis holds to a file, as the library would. Whatever fails, the file is there whole or not at all.
 * @param path `-` for the surroundings' standard output
 */
export async function runExport(state: RunState, path: string): Promise<void> {
  const { options, summary, surroundings } = state;
  const { hooks = {}, signal, writeOutput } = surroundings;
  // Before any server is asked.
  if (path !== "-") await checkNewFile({ path, flag });
  const rejects = options.rejects === null ? null : openRejects(options.rejects);
  try {
    const store = await connect(state);
    try {
      await preflight(state, store);
      const file = path === "-" ? await openOnStandardOutput(writeOutput) : await openFile(path);
      try {
        await exportAll({ store, summary, options: state.options, file, rejects, hooks, signal });
        state.exported = path;
      } finally {
        await file.discard();
      }
    } finally {
      store.close();
    }
  } finally {
    rejects?.close();
  }
}

type WriteOutput = (bytes: Uint8Array) => Promise<void>;

type OpenFile = ExportFile & { discard(): Promise<void> };

async function openFile(path: string): Promise<OpenFile> {
  let file: NewFile;
  let library: LibraryFile;
  const open = async () => {
    file = await openNewFile({ path, flag });
    library = writeLibraryFile(file, path.endsWith(".gz"));
  };
  await open();
  return {
    // A pipe or a device alone has its name already.
    mayStartOver: !existsSync(path),
    add: (kind, value) => library.add(kind, value),
    startOver: async () => {
      await file.discard();
      await open();
    },
    finish: async () => {
      await library.end();
      await file.finish();
    },
    discard: () => file.discard(),
  };
}

async function openOnStandardOutput(writeOutput: WriteOutput = writeNowhere): Promise<OpenFile> {
  const write: WriteOutput = (bytes) => {
    return writeOutput(bytes).catch((error: unknown) => {
      throw migrateError("stdout-unwritable", { reason: systemCode(error) ?? "unknown" }, error);
    });
  };
  const library = writeLibraryFile({ write }, false);
  return {
    mayStartOver: false,
    add: library.add,
    startOver: async () => {},
    finish: library.end,
    discard: async () => {},
  };
}

async function writeNowhere(): Promise<void> {
  throw new Error("this run has no standard output");
}
