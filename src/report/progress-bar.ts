import type { Progress } from "../types/progress.js";
import { bytes, count, elapsed } from "./units.js";

/** Between two lines where there is no terminal, as in the log of a CI job. In ms. */
const linePeriodMs = 5_000;

type Stream = NodeJS.WritableStream & { readonly columns?: number };

export interface ProgressDisplay {
  readonly progress: (progress: Progress) => void;
  /** Takes the bar off the screen, so that what follows stands alone; more progress brings it back. */
  readonly stop: () => void;
}

/** Shows how far a run is: a bar on a terminal, otherwise a plain line every few seconds. */
export async function showProgress(stream: Stream, terminal: boolean): Promise<ProgressDisplay> {
  return terminal ? showBar(stream) : showLines(stream);
}

async function showBar(stream: Stream): Promise<ProgressDisplay> {
  const { SingleBar } = await import("cli-progress");
  let bar: InstanceType<typeof SingleBar> | null = null;
  const started = Date.now();
  return {
    progress: (progress) => {
      const { done, total } = shareOf(progress);
      // Nothing to read, nothing to show.
      if (total === 0) return;
      const payload = { text: fitting(progressParts(progress, started), stream.columns || 80) };
      if (bar !== null) return bar.update(done, payload);
      bar = new SingleBar({
        format: "{bar} {percentage}%  {text}",
        stream,
        barsize: barWidth,
        hideCursor: true,
        clearOnComplete: true,
        // Its own signal handling swallows the first Ctrl-C, which is ours to answer.
        gracefulExit: false,
      });
      bar.start(total, done, payload);
    },
    stop: () => {
      bar?.stop();
      bar = null;
    },
  };
}

/** In columns. */
const barWidth = 24;
const besideBar = barWidth + " 100%  ".length;

/** The last parts say the most: rate and time left stay where all others must go. */
function fitting(parts: readonly string[], columns: number): string {
  const texts = parts.map((_, at) => parts.slice(at).join("  "));
  return texts.find((text) => besideBar + text.length < columns) ?? parts.at(-1) ?? "";
}

function showLines(stream: NodeJS.WritableStream): ProgressDisplay {
  const started = Date.now();
  let last = started;
  return {
    progress: (progress) => {
      const now = Date.now();
      if (now - last < linePeriodMs) return;
      last = now;
      const { done, total } = shareOf(progress);
      const share = total === 0 ? 100 : Math.floor((100 * done) / total);
      stream.write(`${share}%: ${progressParts(progress, started).join(", ")}\n`);
    },
    stop: () => {},
  };
}

/** How much is done since `started`, a time in ms, how fast, and how long the rest takes if it goes on like that. */
function progressParts(progress: Progress, started: number): string[] {
  const { bytes: read, totalBytes, records, totalRecords } = progress;
  const { done, total } = shareOf(progress);
  const ms = Math.max(1, Date.now() - started);
  const left = done === 0 ? "" : `, ${elapsed((ms * (total - done)) / done)} left`;
  const rate = `${count(Math.round((records * 1000) / ms))}/s${left}`;
  if (totalRecords === undefined)
    return [`${bytes(read)} of ${bytes(totalBytes)}`, `${count(records)} records`, rate];
  return [bytes(read), `${count(records)} of ${count(totalRecords)} records`, rate];
}

/** How much is done, and of how much: of an export, whose bytes are known at its end, in records. */
function shareOf({ bytes: read, totalBytes, records, totalRecords }: Progress) {
  return totalRecords === undefined
    ? { done: read, total: totalBytes }
    : { done: records, total: totalRecords };
}
