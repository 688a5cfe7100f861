import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { migrateError, systemCode } from "../errors.js";
import type { Tls } from "../options.js";

/** What Node's `tls.connect` is given: the files' contents. */
export interface TlsMaterial {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly rejectUnauthorized: boolean;
}

/**
 * Reads the files that TLS needs, and checks that they are what they should be, so that a mistake is named by the
 * file's name and not by a handshake that fails.
 * @throws MigrateError `tls-file`
 */
export async function readTls({ ca, cert, key, insecure }: Tls): Promise<TlsMaterial> {
  const names = {
    ca: nameOf(ca, "--tls-ca"),
    cert: nameOf(cert, "--tls-cert"),
    key: nameOf(key, "--tls-key"),
  };
  const material = {
    ...(ca === null ? {} : { ca: await read(ca, names.ca) }),
    ...(cert === null ? {} : { cert: await read(cert, names.cert) }),
    ...(key === null ? {} : { key: await read(key, names.key) }),
  };
  const { ca: authority, ...own } = material;
  if (authority !== undefined) check(names.ca, () => readCertificate(authority), "no certificate in PEM");
  if (cert !== null)
    check(names.cert, () => createSecureContext({ cert: own.cert }), "no certificate in PEM");
  if (key !== null) {
    const noKey = "no private key in PEM, or one that wants a passphrase";
    check(names.key, () => createSecureContext({ key: own.key }), noKey);
    check(names.key, () => createSecureContext(own), `not the key of the certificate ${names.cert}`);
  }
  return { ...material, rejectUnauthorized: !insecure };
}

/** What Linux takes for a path at most, in characters. */
const longestPath = 4096;

/** The path as it may be shown: what holds the content of a file, in place of its path, is named by its flag. */
function nameOf(path: string | null, flag: string): string {
  const shown = path !== null && path.length <= longestPath && !/[\r\n]|-----BEGIN/.test(path);
  return shown ? path : `the file of ${flag}`;
}

async function read(path: string, name: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    // Node's sentence goes on with the path: "ENOENT: no such file or directory, open '…'".
    const [reason = systemCode(error) ?? "unknown"] =
      /^[A-Z0-9]+: [^,']+/.exec(error instanceof Error ? error.message : "") ?? [];
    throw migrateError("tls-file", { path: name, reason }, error);
  }
}

/** Reads the first certificate. A secure context takes for an authority what is none, and then trusts nobody. */
function readCertificate(pem: Buffer): void {
  if (!pem.includes("-----BEGIN ")) throw new Error("not in PEM");
  new X509Certificate(pem);
}

function check(name: string, parse: () => unknown, reason: string): void {
  try {
    parse();
  } catch (error) {
    throw migrateError("tls-file", { path: name, reason }, error);
  }
}
