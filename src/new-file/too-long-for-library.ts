/**
 * The library reads its file into one string, and writes it from one: V8's longest has 2^29 - 24 UTF-16 units. A file of
 * no more bytes has no more units than that; Node 20 refuses one of more bytes.
 */
const longest = 2 ** 29 - 24;

/** What the library may do with a file of so many bytes, unpacked; null where it can load it. */
export function tooLongForLibrary(bytes: number): string | null {
  if (bytes <= longest) return null;
  const most = `${longest.toLocaleString("en")} bytes`;
  return `unpacked, it has ${bytes.toLocaleString("en")} bytes, and what has more than ${most} the library may be unable to load; it then starts without any record, and saves that in the file's place`;
}
