import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { scratchFolder } from "./program.js";
import { provisionOpenssl } from "./provision.js";
import { type PrivateRedis, startRedis } from "./redis.js";

/** Paths of PEM files. */
export interface Certificates {
  /** Of the made-up authority that signed the others. */
  readonly ca: string;
  /** The server's, for localhost, 127.0.0.1 and ::1. */
  readonly cert: string;
  readonly key: string;
  readonly clientCert: string;
  readonly clientKey: string;
  /** Of an authority that signed nothing. */
  readonly otherCa: string;
}

/** OpenSSL's own settings differ from system to system: only these count. */
const settings = `
[req]
distinguished_name = nobody
[nobody]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
extendedKeyUsage = serverAuth
[client]
basicConstraints = CA:FALSE
extendedKeyUsage = clientAuth
`;

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/**
 * Makes up a certificate authority, and certificates that are good for a day, in a folder.
 */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const path = (name: string): string => join(folder, name);
  const config = path("openssl.cnf");
  await writeFile(config, settings);

  async function authority(name: string): Promise<string> {
    const subject = [
      "-subj",
      `/CN=Made-up ${name}`,
      "-keyout",
      path(`${name}.key`),
      "-out",
      path(`${name}.crt`),
    ];
    const self = ["req", "-x509", "-config", config, "-extensions", "authority", "-days", "1"];
    await openssl([...self, ...newKey, ...subject]);
    return path(`${name}.crt`);
  }

  async function signed(name: "server" | "client", serial: number): Promise<{ cert: string; key: string }> {
    const [request, cert, key] = [path(`${name}.csr`), path(`${name}.crt`), path(`${name}.key`)];
    const subject = ["-subj", `/CN=Made-up ${name}`, "-keyout", key, "-out", request];
    await openssl(["req", "-new", "-config", config, ...newKey, ...subject]);
    const by = ["-CA", path("ca.crt"), "-CAkey", path("ca.key"), "-set_serial", String(serial), "-days", "1"];
    const what = ["-extfile", config, "-extensions", name, "-in", request, "-out", cert];
    await openssl(["x509", "-req", ...by, ...what]);
    return { cert, key };
  }

  const ca = await authority("ca");
  const otherCa = await authority("other-ca");
  const server = await signed("server", 1);
  const client = await signed("client", 2);
  return { ca, ...server, clientCert: client.cert, clientKey: client.key, otherCa };
}

async function openssl(parameters: readonly string[]): Promise<void> {
  await promisify(execFile)(
    provisionOpenssl(() => {}),
    parameters,
  );
}

export interface TlsRedis extends PrivateRedis {
  readonly certificates: Certificates;
}

/**
 * Starts a server that speaks TLS alone, on `port`.
 * @param clientAuth whether clients must show a certificate that the authority signed
 */
export async function startTlsRedis({
  clientAuth = false,
  arguments: more = [],
}: {
  readonly clientAuth?: boolean;
  readonly arguments?: readonly string[];
} = {}): Promise<TlsRedis> {
  const certificates = await makeCertificates(await scratchFolder());
  const { ca, cert, key, clientCert, clientKey } = certificates;
  const files = ["--tls-ca-cert-file", ca, "--tls-cert-file", cert, "--tls-key-file", key];
  const clients = ["--tls-auth-clients", clientAuth ? "yes" : "no"];
  const server = await startRedis({
    arguments: (port) => ["--port", "0", "--tls-port", String(port), ...files, ...clients, ...more],
    tls: { ca: await readFile(ca), cert: await readFile(clientCert), key: await readFile(clientKey) },
  });
  return { ...server, certificates };
}
