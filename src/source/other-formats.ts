import type { Candidate } from "../types/source-file.js";
import { readText } from "./read-text.js";

/** What a file is that is not JSON, and what to do about it. */
export interface Format {
  /** With its article: `a zip archive`. */
  readonly name: string;
  readonly todo: string;
}

const unpack = "Unpack it, and name the db.json that was in it";
const notThis = "Name the db.json that chatgpt-official wrote";
const decrypt = "Decrypt it, and name what comes of it";

/** Formats by the bytes that their files begin with. */
const beginnings: readonly (readonly [string, string, string])[] = [
  ["PK\x03\x04", "a zip archive", unpack],
  ["PK\x05\x06", "an empty zip archive", notThis],
  ["7z\xbc\xaf\x27\x1c", "a 7z archive", unpack],
  ["Rar!\x1a\x07", "a RAR archive", unpack],
  ["\xfd7zXZ\0", "xz data", `${unpack} (xz --decompress)`],
  ["BZh", "bzip2 data", `${unpack} (bzip2 --decompress)`],
  ["\x28\xb5\x2f\xfd", "zstd data", `${unpack} (zstd --decompress)`],
  ["\x04\x22\x4d\x18", "lz4 data", `${unpack} (lz4 --decompress)`],
  ["\x1f\x8b", "gzip data within gzip data", `${unpack} (gunzip)`],
  ["SQLite format 3\0", "an SQLite database", notThis],
  ["REDIS0", "a snapshot of Redis (RDB)", "Start a Redis with it: what it holds is in Redis already"],
  ["%PDF-", "a PDF document", notThis],
  ["\x89PNG", "a PNG picture", notThis],
  ["bplist00", "a binary property list", notThis],
  ["PAR1", "a Parquet file", notThis],
  ["Salted__", "data encrypted by OpenSSL", decrypt],
  ["age-encryption.org/", "data encrypted by age", decrypt],
  ["-----BEGIN PGP", "data encrypted or signed by PGP", decrypt],
  ["$ANSIBLE_VAULT", "data encrypted by Ansible Vault", decrypt],
  ["version https://git-lfs", "a pointer to a file that Git LFS keeps elsewhere", "Run git lfs pull"],
];

/** Whether what begins with these bytes is of a format that can be named, and is not JSON; null where it may be JSON. */
export function formatOf(bytes: Buffer): Format | null {
  const head = bytes.toString("latin1", 0, 512);
  for (const [beginning, name, todo] of beginnings) if (head.startsWith(beginning)) return { name, todo };
  if (head.startsWith("ustar", 257)) return { name: "a tar archive", todo: unpack };
  // A `<` alone begins the marks of a merge conflict too.
  if (/^\s*<(!doctype\s+html|html|head|body)\b/i.test(head)) return { name: "an HTML page", todo: notThis };
  if (/^\s*<[?!a-z]/i.test(head)) return { name: "XML", todo: notThis };
  if (/^\*\d+\r\n\$\d+\r\n/.test(head))
    return { name: "commands in the Redis protocol", todo: "Give them to redis-cli --pipe" };
  return wideText(head);
}

/** The format of a file that is not JSON, by its first bytes. @throws MigrateError `source-unreadable` */
export async function formatOfFile(source: Candidate): Promise<Format | null> {
  for await (const chunk of readText(source).chunks) return formatOf(chunk);
  return null;
}

/** UTF-16 or UTF-32 without its mark: its first characters are ASCII, and every other byte, or three of four, is zero. */
function wideText(head: string): Format | null {
  const ascii = "[\\t\\n\\r -~]";
  const encodings = [
    ["UTF-16LE", `^(?:${ascii}\0)`],
    ["UTF-16BE", `^(?:\0${ascii})`],
    ["UTF-32LE", `^(?:${ascii}\0\0\0)`],
    ["UTF-32BE", `^(?:\0\0\0${ascii})`],
  ] as const;
  const encoding = encodings.find(([, unit]) => new RegExp(`${unit}{2}`).test(head))?.[0];
  if (encoding === undefined) return null;
  return {
    name: `${encoding.replace(/..$/, "")} text without a byte-order mark`,
    todo: `Make UTF-8 of it (iconv -f ${encoding} -t UTF-8 old.json > db.json), and name that`,
  };
}
