/** Redis closes the connection each time this one command is sent, and serves others. */
export class ConnectionClosedByCommand extends Error {
  override readonly name = "ConnectionClosedByCommand";
  /** How many bytes Redis holds under the key; null where it does not say. */
  readonly held: number | null;

  constructor(held: number | null) {
    super("the connection is closed each time this is sent");
    this.held = held;
  }
}
