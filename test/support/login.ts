import type { Login } from "../../src/redis/login.js";

/** For a server that wants no password, with limits that only what hangs meets. */
export const login: Login = {
  username: null,
  password: null,
  database: 0,
  connectionTimeoutMs: 10_000,
  commandTimeoutMs: 10_000,
  tls: null,
  readsOnly: false,
  signal: new AbortController().signal,
};
