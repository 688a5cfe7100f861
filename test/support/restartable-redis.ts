import { scratchFolder } from "./program.js";
import {
  argumentsOf,
  type Client,
  connectTo,
  eventually,
  isRunning,
  launch,
  type RedisSettings,
  serve,
  stop,
} from "./redis.js";

/** A server that dies, and comes back on the same port with what its folder holds. */
export interface RestartableRedis {
  readonly port: number;
  readonly folder: string;
  /** A new client, connected; it does not survive the server. */
  client(): Promise<Client>;
  /** By SIGKILL, also while paused: what was not on disk is lost. */
  kill(): Promise<void>;
  /** Starts it again, unless it runs; waits for its port when another process has it. */
  start(): Promise<void>;
  /** By SIGSTOP: connections stay open, and the system still accepts some; nothing is answered. */
  pause(): void;
  resume(): void;
}

/** Starts a server that can be killed and started again; with `--appendonly yes` it remembers. */
export async function startRestartable(settings: RedisSettings = {}): Promise<RestartableRedis> {
  const folder = await scratchFolder();
  const argumentsFor = argumentsOf(folder, settings);
  const first = await launch(argumentsFor);
  const { port } = first;
  let { child } = first;

  async function starts(): Promise<boolean> {
    child = (await serve(await argumentsFor(port))) ?? child;
    return isRunning(child);
  }

  return {
    port,
    folder,
    client: () => connectTo(port, settings),
    kill: () => stop(child),
    start: async () => {
      if (!isRunning(child)) await eventually(starts);
    },
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
  };
}
