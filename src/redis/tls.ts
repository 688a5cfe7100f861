import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { migrateError } from "../errors.js";
import type { Tls } from "../target/address.js";

/** What Node's `tls.connect` is given: the files' contents. */
export interface TlsMaterial {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly rejectUnauthorized: boolean;
}

/**
 * Reads the files that TLS needs, and checks that they are what they should be, so that a mistake is told by the
 * file's name and not by a handshake that fails.
 * @throws MigrateError `tls-file`
 */
export async function readTls({ ca, cert, key, insecure }: Tls): Promise<TlsMaterial> {
  const material = {
    ...(ca === null ? {} : { ca: await read(ca) }),
    ...(cert === null ? {} : { cert: await read(cert) }),
    ...(key === null ? {} : { key: await read(key) }),
  };
  if (ca !== null) check(ca, { ca: material.ca }, "no certificate in PEM");
  if (cert !== null) check(cert, { cert: material.cert }, "no certificate in PEM");
  if (key !== null) {
    check(key, { key: material.key }, "no private key in PEM, or one that wants a passphrase");
    check(key, { key: material.key, cert: material.cert }, `not the key of the certificate ${cert}`);
  }
  return { ...material, rejectUnauthorized: !insecure };
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/,.*$/, "") : "unknown";
    throw migrateError("tls-file", { path, reason }, error);
  }
}

function check(path: string, context: Parameters<typeof createSecureContext>[0], reason: string): void {
  try {
    createSecureContext(context);
  } catch (error) {
    throw migrateError("tls-file", { path, reason }, error);
  }
}
