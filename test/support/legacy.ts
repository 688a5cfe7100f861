import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import * as version104 from "dbcontext";
import * as version101 from "dbcontext-1.0.1";

/** The versions of `dbcontext` that wrote what is out there; chatgpt-official 1.1.9 came with 1.0.1. */
const versions = { "1.0.4": version104, "1.0.1": version101 } as const;

export type Version = keyof typeof versions;

/** What a legacy file holds. Records are of any shape: plain JavaScript callers pass what they like. */
export interface Records {
  readonly conversations: readonly object[];
  readonly keys: readonly object[];
}

/** What was written of the same records before: many tests begin with one file. */
const written: Readonly<Record<Version, WeakMap<Records, Buffer>>> = {
  "1.0.4": new WeakMap(),
  "1.0.1": new WeakMap(),
};

/** Writes a legacy file as the library's own storage does. */
export async function writeLegacy(path: string, records: Records, version: Version = "1.0.4"): Promise<void> {
  const known = written[version].get(records);
  if (known !== undefined) return writeFile(path, known);
  const { DbContext, DbSet } = versions[version];
  const db = Object.assign(new DbContext(path), {
    keys: new DbSet("keys", [...records.keys]),
    conversations: new DbSet("conversations", [...records.conversations]),
  });
  await db.close();
  written[version].set(records, await readFile(path));
}

/** What the library sees after it has loaded a legacy file. It takes a second, by `dbcontext`'s own doing. */
export async function loadLegacy(path: string, version: Version = "1.0.4"): Promise<Records> {
  const { DbContext } = versions[version];
  const db = new DbContext(path) as InstanceType<typeof DbContext> &
    Record<keyof Records, { rows: object[] }>;
  await db.WaitForLoad();
  const { conversations, keys } = JSON.parse(
    JSON.stringify({ conversations: db.conversations, keys: db.keys }),
  );
  await db.close();
  return { conversations: conversations.rows, keys: keys.rows };
}

/** A UUID that is the same in every run. */
function uuid(seed: string): string {
  const hex = createHash("sha256").update(seed).digest("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}

/** A text that no output may ever show. */
export const messageText = "made-up words that stay between two people";

export function message(seed: string, at: number) {
  return {
    id: uuid(`message ${seed} ${at}`),
    type: at === 0 ? 0 : 2 - (at % 2),
    content: `${messageText} 😀 漢字 "${seed}"\n\`\`\`js\nlet a = { b: [1, 2] };\n\`\`\``,
    date: 1_700_000_000_000 + at * 1000,
  };
}

export function conversation(seed: string, messages = 2) {
  return {
    id: uuid(`conversation ${seed}`),
    userName: "User",
    messages: Array.from({ length: messages }, (_, at) => message(seed, at)),
    lastActive: 1_700_000_000_000 + messages * 1000,
  };
}

export function apiKey(seed: string) {
  return { key: `sk-madeup-${uuid(`key ${seed}`)}`, queries: 3, tokens: 120, balance: 0.5 };
}

/** As many conversations and API keys as asked for, each with a seed of its own. */
export function records(conversations: number, keys: number): Records {
  return {
    conversations: Array.from({ length: conversations }, (_, at) => conversation(String(at), 1 + (at % 4))),
    keys: Array.from({ length: keys }, (_, at) => apiKey(String(at))),
  };
}
