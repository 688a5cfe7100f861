import { migrateError } from "../errors.js";
import { Refusal } from "./refused-by-redis.js";

/**
 * What may not be read can be neither right nor wrong, so a verification ends here.
 * @throws MigrateError `redis-unreadable`
 */
export async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw asUnreadable(error);
  }
}

/** The error that ends a verification, for what Redis refused to hand out. */
export function asUnreadable(error: unknown): unknown {
  return error instanceof Refusal ? migrateError("redis-unreadable", { words: error.message }, error) : error;
}
