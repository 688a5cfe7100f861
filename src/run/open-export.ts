import type { ExportFile } from "../modes/export.js";
import { writeLibraryFile } from "../new-file/write-library-file.js";
import type { DataFile } from "./standard-output.js";

/** Opens the file of an export, which is to be closed however that ends. @throws what `open` throws */
export async function openExport(
  open: () => Promise<DataFile>,
  isGzip: boolean,
): Promise<ExportFile & { close(): Promise<void> }> {
  let file = await open();
  let library = writeLibraryFile(file, isGzip);
  let added = 0;
  const keepPartial = async () => {
    // Whoever reads a stream must see that it is cut off.
    if (added === 0 || file.isReadAtOnce) return null;
    await library.end();
    return file.keepPartial();
  };
  return {
    mayStartOver: !file.isReadAtOnce,
    add: (kind, value) => {
      added += 1;
      return library.add(kind, value);
    },
    keepPartial,
    startOver: async () => {
      const kept = await keepPartial();
      await file.discard();
      added = 0;
      file = await open();
      library = writeLibraryFile(file, isGzip);
      return kept;
    },
    finish: async () => {
      // From here on it is the whole file, or none.
      added = 0;
      await library.end();
      await file.finish();
    },
    get bytes() {
      return library.bytes;
    },
    close: () => file.discard(),
  };
}
