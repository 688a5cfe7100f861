import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";
import { makeCertificates, startTlsRedis } from "../support/tls.js";

let cwd: string;

beforeEach(async () => {
  cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), { conversations: [{ id: "a", messages: [] }], keys: [] });
});

/** How a run ended: its exit code, its error, and the URL that it tells. */
async function run(flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { seen, result } = await programJson(flags, { cwd, env });
  return [seen.code, result.error, result.target?.url];
}

/** What a run that failed says on stderr, as one text. */
async function failure(flags: readonly string[]): Promise<string> {
  const { stdout, stderr, code } = await program(flags, { cwd });
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).not.toMatch(/^\s+at /m);
  return stderr;
}

const untrusted = (at: string, why: string, hint: string) =>
  `error: Redis at ${at} was not trusted: ${why}\n${hint}\n`;

describe("a server with a certificate of an authority of its own", () => {
  test("is reached where --tls-ca names the authority, by rediss:// or by flags alone", async () => {
    const { port, client, certificates } = await startTlsRedis();
    const ca = ["--tls-ca", certificates.ca];
    expect(await run(["-u", `rediss://localhost:${port}/3`, ...ca])).toEqual([
      0,
      null,
      `rediss://localhost:${port}/3`,
    ]);
    await client.select(3);
    expect(await client.dbSize()).toBe(1);
    const flags = ["--host", "127.0.0.1", "-p", String(port), "-n", "3", "--verify"];
    expect(await run([...flags, ...ca])).toEqual([0, null, `rediss://127.0.0.1:${port}/3`]);
    const REDIS_URL = `redis://localhost:${port}/3`;
    expect(await run(["--verify", "--tls", ...ca], { REDIS_URL })).toEqual([
      0,
      null,
      `rediss://localhost:${port}/3`,
    ]);
  });

  test("is not trusted without it, nor with another one, and nothing is written", async () => {
    const { port, client, certificates } = await startTlsRedis();
    const url = ["-u", `rediss://localhost:${port}`];
    const nobody = untrusted(
      `localhost:${port}`,
      "its certificate is signed by nobody whom this machine trusts",
      "Name the authority that signed it with --tls-ca, or see to the server's certificate.",
    );
    expect(await failure(url)).toBe(nobody);
    expect(await failure([...url, "--tls-ca", certificates.otherCa])).toBe(nobody);
    const { result } = await programJson(url, { cwd });
    expect([result.exitCode, result.error?.code]).toEqual([1, "redis-certificate"]);
    expect(await client.dbSize()).toBe(0);
  });

  test("is reached without it where that is asked for by --tls-insecure", async () => {
    const { port, client, certificates } = await startTlsRedis();
    const flags = ["--host", "localhost", "-p", String(port), "--tls-insecure"];
    expect(await run(flags)).toEqual([0, null, `rediss://localhost:${port}/0`]);
    expect(await run([...flags, "--verify", "--tls-ca", certificates.otherCa])).toEqual([
      0,
      null,
      `rediss://localhost:${port}/0`,
    ]);
    expect(await client.dbSize()).toBe(1);
  });

  test("is not trusted under a name that is not in its certificate", async () => {
    const { port, certificates } = await startTlsRedis({ arguments: ["--bind", "127.0.0.1", "127.0.0.2"] });
    const flags = ["-u", `rediss://127.0.0.2:${port}`, "--tls-ca", certificates.ca];
    expect(await failure(flags)).toBe(
      untrusted(
        `127.0.0.2:${port}`,
        "its certificate is for another host name",
        "Name the host as the certificate does.",
      ),
    );
    expect(await run([...flags, "--tls-insecure"])).toEqual([0, null, `rediss://127.0.0.2:${port}/0`]);
  });
});

describe("a server that wants a client certificate", () => {
  test("is reached with one, and asks for one where none is given or another authority signed it", async () => {
    const { port, client, certificates } = await startTlsRedis({ clientAuth: true });
    const { ca, clientCert, clientKey } = certificates;
    const flags = ["-u", `rediss://localhost:${port}`, "--tls-ca", ca];
    const wants =
      `error: Redis at localhost:${port} wants a client certificate that it trusts\n` +
      "Give one with --tls-cert and --tls-key.\n";
    expect(await failure(flags)).toBe(wants);
    const stranger = await makeCertificates(await scratchFolder());
    const strangers = ["--tls-cert", stranger.clientCert, "--tls-key", stranger.clientKey];
    expect(await failure([...flags, ...strangers])).toBe(wants);
    expect(await client.dbSize()).toBe(0);
    expect(await run([...flags, "--tls-cert", clientCert, "--tls-key", clientKey])).toEqual([
      0,
      null,
      `rediss://localhost:${port}/0`,
    ]);
    expect(await client.dbSize()).toBe(1);
  });

  test("says so too where it speaks TLS 1.2, whose handshake fails otherwise", async () => {
    const { port, certificates } = await startTlsRedis({
      clientAuth: true,
      arguments: ["--tls-protocols", "TLSv1.2"],
    });
    expect(await failure(["-u", `rediss://localhost:${port}`, "--tls-ca", certificates.ca])).toContain(
      "wants a client certificate that it trusts",
    );
  });
});

describe("a server that does not like the client's certificate, or that there is none", () => {
  const wants = "wants a client certificate that it trusts";

  test("says so of one that is for servers", async () => {
    const { port, certificates } = await startTlsRedis({ clientAuth: true });
    const { ca, cert, key } = certificates;
    const flags = ["-u", `rediss://localhost:${port}`, "--tls-ca", ca, "--tls-cert", cert, "--tls-key", key];
    expect(await failure(flags)).toContain(wants);
  });

  test.each([
    ["bad_certificate", 42],
    ["unsupported_certificate", 43],
    ["certificate_revoked", 44],
    ["certificate_expired", 45],
    ["certificate_unknown", 46],
    ["unknown_ca", 48],
    ["decrypt_error", 51],
  ])("says so by the alert %s", async (_name, alert) => {
    // A fatal alert of TLS 1.2, as RFC 8446, section 6, has it.
    const record = Buffer.from([21, 3, 3, 0, 2, 2, alert]);
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(record));
    });
    onTestFinished(() => void server.close());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    expect(await failure(["-u", `rediss://127.0.0.1:${port}`])).toContain(wants);
  });
});

describe("encrypted on one side alone", () => {
  test("a plain connection to a port for TLS fails at once, and the hint is --tls", async () => {
    const { port } = await startTlsRedis();
    const told = await failure(["--host", "127.0.0.1", "-p", String(port), "--connection-timeout", "60000"]);
    expect(told).toMatch(
      /^error: Redis at 127\.0\.0\.1:\d+ cannot be reached: (it closed the connection at once|the connection was reset)\n/,
    );
    expect(told).toContain("a port for TLS wants --tls, or rediss://");
  });

  test("TLS to a plain port ends with the time that was given, and the hint is that it may be none for TLS", async () => {
    const { port } = await startRedis();
    const flags = ["-u", `rediss://localhost:${port}`, "--connection-timeout", "800"];
    const started = Date.now();
    expect(await failure(flags)).toBe(
      `error: Redis at localhost:${port} did not answer within 800 ms\n` +
        "Check host and port, and that this port speaks TLS; where the network is slow, raise --connection-timeout <ms>.\n",
    );
    expect(Date.now() - started).toBeLessThan(5_800);
  });
});

describe("what is of no use for TLS is told by the file's name, before anybody is spoken to", () => {
  test.each([
    ["a file that is not there", "--tls-ca", "no.crt", /^ENOENT: no such file or directory$/],
    ["a file that is no certificate", "--tls-ca", "db.json", /^no certificate in PEM$/],
    ["a file that is no PEM", "--tls-cert", "db.json", /^no certificate in PEM$/],
    ["a file that holds no key", "--tls-key", "db.json", /^no private key in PEM/],
    ["a key that is not the certificate's", "--tls-key", "server.key", /^not the key of the certificate/],
  ])("%s, as %s", async (_what, flag, path, reason) => {
    const { ca, clientCert, clientKey } = await makeCertificates(cwd);
    const files = { "--tls-ca": ca, "--tls-cert": clientCert, "--tls-key": clientKey, [flag]: path };
    const flags = ["-u", "rediss://no-such-host.invalid", ...Object.entries(files).flat()];
    const { seen, result } = await programJson(flags, { cwd });
    expect([seen.code, result.error?.code]).toEqual([1, "tls-file"]);
    const [sentence = "", hint] = seen.stderr.split("\n");
    const [before, after] = sentence.split(": of no use for TLS: ");
    expect([before, after]).toEqual([`error: ${path}`, expect.stringMatching(reason)]);
    expect(hint).toBe("Check what --tls-ca, --tls-cert and --tls-key name.");
  });
});
