import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Tls } from "../../src/options.js";
import { readTls } from "../../src/redis/read-tls-files.js";
import { scratchFolder } from "../support/program.js";
import { type Certificates, makeCertificates } from "../support/tls.js";

const none: Tls = { ca: null, cert: null, key: null, insecure: false };

/** They are only read, and made once for all. */
let certificates: Certificates;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "chatgpt-migrate-"));
  certificates = await makeCertificates(folder);
  return () => rm(folder, { recursive: true, force: true });
});

describe("readTls gives", () => {
  it("nothing but that certificates are checked, where no file is named", async () => {
    expect(await readTls(none)).toEqual({ rejectUnauthorized: true });
  });

  it("that they are not, on demand alone", async () => {
    expect(await readTls({ ...none, insecure: true })).toEqual({ rejectUnauthorized: false });
  });

  it("what the files hold", async () => {
    const { ca, clientCert: cert, clientKey: key } = certificates;
    expect(await readTls({ ca, cert, key, insecure: false })).toEqual({
      ca: await readFile(ca),
      cert: await readFile(cert),
      key: await readFile(key),
      rejectUnauthorized: true,
    });
  });
});

it("readTls takes several authorities in one file, whatever stands between", async () => {
  const folder = await scratchFolder();
  const { ca, otherCa } = certificates;
  const both = join(folder, "both.crt");
  await writeFile(
    both,
    `made up\n${await readFile(ca, "utf8")}\nmade up\n${await readFile(otherCa, "utf8")}`,
  );
  expect(await readTls({ ...none, ca: both })).toMatchObject({ ca: await readFile(both) });
});

describe("readTls refuses", () => {
  /** Paths of files of all sorts. */
  async function files() {
    const folder = await scratchFolder();
    const { ca, clientCert, clientKey, key: otherKey } = certificates;
    const path = (name: string) => join(folder, name);
    const [absent, text, empty, locked] = [path("absent"), path("text"), path("empty"), path("locked")];
    const der = path("ca.der");
    await writeFile(der, new X509Certificate(await readFile(ca)).raw);
    const { privateKey } = generateKeyPairSync("ec", {
      namedCurve: "prime256v1",
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "made-up" },
    });
    await Promise.all([writeFile(text, "made up\n"), writeFile(empty, ""), writeFile(locked, privateKey)]);
    return { folder, ca, cert: clientCert, key: clientKey, otherKey, absent, text, empty, locked, der };
  }

  const noCertificate = /^no certificate in PEM$/;
  const noKey = /^no private key in PEM, or one that wants a passphrase$/;

  it.each([
    ["a file that is not there", "ca", "absent", /^ENOENT: no such file or directory$/],
    ["a file that is not there", "cert", "absent", /^ENOENT: no such file or directory$/],
    ["a file that is not there", "key", "absent", /^ENOENT: no such file or directory$/],
    ["a folder", "ca", "folder", /^EISDIR: /],
    ["text", "ca", "text", noCertificate],
    ["an empty file", "ca", "empty", noCertificate],
    ["a key", "ca", "key", noCertificate],
    ["a certificate that is not in PEM", "ca", "der", noCertificate],
    ["text", "cert", "text", noCertificate],
    ["text", "key", "text", noKey],
    ["an empty file", "cert", "empty", noCertificate],
    ["an empty file", "key", "empty", noKey],
    ["a key", "cert", "key", noCertificate],
    ["a certificate", "key", "cert", noKey],
    ["a key that wants a passphrase, which nobody is asked for", "key", "locked", noKey],
    ["a key of another certificate", "key", "otherKey", /^not the key of the certificate .*client\.crt$/],
  ] as const)("%s, as %s, and names it", async (_what, as, name, reason) => {
    const paths = await files();
    const tls = { ca: paths.ca, cert: paths.cert, key: paths.key, insecure: false, [as]: paths[name] };
    const error = await readTls(tls).then(
      () => expect.unreachable(),
      (caught) => caught,
    );
    expect(error.code).toBe("tls-file");
    const [path, words] = error.message.split(": of no use for TLS: ");
    expect([path, words]).toEqual([paths[name], expect.stringMatching(reason)]);
  });
});

describe("readTls does not show", () => {
  const pem = "-----BEGIN PRIVATE KEY-----\nsk-madeup\n-----END PRIVATE KEY-----";

  it.each([
    ["a key", pem],
    ["a key on one line", pem.replaceAll("\n", "\\n")],
    ["a key with commas and Windows' line breaks", `sk-madeup,\r\nsk-madeup, open '${pem}'`],
    ["what stands on two lines", "a,b\nsk-madeup"],
    ["what is too long for a path", "sk-madeup/".repeat(410)],
  ])("%s that was given in place of its file", async (_what, text) => {
    const { clientCert: cert, clientKey: key } = certificates;
    for (const as of ["ca", "cert", "key"] as const) {
      const error = await readTls({ ca: null, cert, key, insecure: false, [as]: text }).then(
        () => expect.unreachable(),
        (caught) => caught,
      );
      expect(error.code).toBe("tls-file");
      expect(error.message).toMatch(
        new RegExp(`^the file of --tls-${as}: of no use for TLS: E[A-Z]+: [a-z ]+$`),
      );
    }
  });

  it("the path a second time, whatever it holds", async () => {
    await expect(readTls({ ...none, ca: "no, such\u2028'file" })).rejects.toThrow(
      /^no, such\u2028'file: of no use for TLS: ENOENT: no such file or directory$/,
    );
  });
});
