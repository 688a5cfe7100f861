import type { Secret } from "../secret.js";
import type { Progress } from "./progress.js";
import type { RunResult, Warning } from "./run-result.js";

/** How a run reports what is going on, while it does. */
export interface Hooks {
  /** Is given, as a run begins, what tells its result as it stands, for who cannot wait for its end. */
  readonly begun?: (soFar: () => RunResult) => void;
  readonly progress?: (progress: Progress) => void;
  /** One line on what is being done, for those who want to watch. */
  readonly note?: (text: string) => void;
  /** One line on what whoever waits should know now, such as that Redis is away. */
  readonly alert?: (text: string) => void;
  /** A warning of the result, before anything is written: who waits for the result may want to stop. */
  readonly warn?: (warning: Warning) => void;
  /** Asks a person for the password that the server wants; null when there is nobody to ask. */
  readonly askPassword?: () => Promise<Secret | null>;
}
