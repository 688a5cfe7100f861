import type { Address } from "../options.js";
import type { TlsMaterial } from "./read-tls-files.js";

/** How to introduce oneself to any server of a deployment. */
export interface Login
  extends Pick<Address, "username" | "password" | "database" | "connectionTimeoutMs" | "commandTimeoutMs"> {
  readonly tls: TlsMaterial | null;
  /** Whether nothing is written: then reading does not count as use, where the server knows how. */
  readonly readsOnly: boolean;
  /** Once it aborts, no connection is made any more. */
  readonly signal: AbortSignal;
}
