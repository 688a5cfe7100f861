import type { Progress } from "../types.js";
import { bytes, count, elapsed } from "./units.js";

/** Between two lines where there is no terminal, as in the log of a CI job. In ms. */
const linePeriodMs = 5_000;

export interface ProgressDisplay {
  readonly progress: (progress: Progress) => void;
  /** Takes the bar off the screen, so that what follows stands alone; more progress brings it back. */
  readonly stop: () => void;
}

/** Shows how far a run is: a bar on a terminal, otherwise a plain line every few seconds. */
export async function showProgress(
  stream: NodeJS.WritableStream,
  terminal: boolean,
): Promise<ProgressDisplay> {
  return terminal ? showBar(stream) : showLines(stream);
}

async function showBar(stream: NodeJS.WritableStream): Promise<ProgressDisplay> {
  const { SingleBar } = await import("cli-progress");
  let bar: InstanceType<typeof SingleBar> | null = null;
  const started = Date.now();
  return {
    progress: ({ bytes: done, totalBytes, records }) => {
      const payload = {
        done: bytes(done),
        all: bytes(totalBytes),
        records: count(records),
        rate: count(rate(records, started)),
        left: left(done, totalBytes, started),
      };
      // Nothing to read, nothing to show.
      if (totalBytes === 0) return;
      if (bar === null) {
        bar = new SingleBar({
          format: "{bar} {percentage}%  {done} of {all}  {records} records  {rate}/s{left}",
          stream,
          barsize: 24,
          hideCursor: true,
          clearOnComplete: true,
          // Its own signal handling swallows the first Ctrl-C, which is ours to answer.
          gracefulExit: false,
        });
        bar.start(totalBytes, done, payload);
      } else {
        bar.update(done, payload);
      }
    },
    stop: () => {
      bar?.stop();
      bar = null;
    },
  };
}

function showLines(stream: NodeJS.WritableStream): ProgressDisplay {
  const started = Date.now();
  let last = started;
  return {
    progress: ({ bytes: done, totalBytes, records }) => {
      const now = Date.now();
      if (now - last < linePeriodMs) return;
      last = now;
      const share = totalBytes === 0 ? 100 : Math.floor((100 * done) / totalBytes);
      stream.write(
        `${share}%: ${bytes(done)} of ${bytes(totalBytes)}, ${count(records)} records, ${count(rate(records, started))}/s${left(done, totalBytes, started)}\n`,
      );
    },
    stop: () => {},
  };
}

/** How long the rest will take, if it goes on as since `started`, a time in ms; empty before anything is done. */
function left(done: number, totalBytes: number, started: number): string {
  return done === 0 ? "" : `, ${elapsed(((Date.now() - started) * (totalBytes - done)) / done)} left`;
}

/** Records a second since `started`, a time in ms. */
function rate(records: number, started: number): number {
  return Math.round((records * 1000) / Math.max(1, Date.now() - started));
}
