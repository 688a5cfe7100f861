// What a strict TypeScript program may do with the installed package: compiled with and without the types of Node and
// the DOM, and never run.
import {
  type DryRunOptions,
  dryRun,
  type MigrateOptions,
  migrate,
  type RunResult,
  undo,
  verify,
} from "chatgpt-migrate";

async function* lines(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array([123, 125]);
}

const environment: Record<string, string> = {};

const options: MigrateOptions = {
  sources: ["db.json", "-"],
  input: lines(),
  url: environment.REDIS_URL,
  ttl: "30d",
  retryFor: 90,
  onConflict: "merge",
  onProgress: ({ bytes, totalBytes }) => bytes / totalBytes,
  onWarning: ({ code }) => code === "duplicate",
};

export async function run(signal: NonNullable<DryRunOptions["signal"]>): Promise<number> {
  const planned: RunResult = await dryRun({ ...options, exitCode: true, signal });
  if (planned.error !== null) return planned.error.code === "redis-refused" ? 1 : planned.exitCode;
  const { counts, journal } = await migrate({ ...options, journal: "journal.jsonl", signal });
  if (journal !== null) await undo(journal, { password: "secret", dryRun: true });
  return (counts.conversations.created ?? 0) + (await verify(options)).differences.length;
}

// @ts-expect-error: options are checked by their types too.
export const wrong = () => migrate({ onConflict: "newest" });
