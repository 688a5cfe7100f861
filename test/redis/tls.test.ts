import { generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readTls } from "../../src/redis/tls.js";
import type { Tls } from "../../src/target/address.js";
import { scratchFolder } from "../support/program.js";
import { makeCertificates } from "../support/tls.js";

const none: Tls = { ca: null, cert: null, key: null, insecure: false };

describe("readTls gives", () => {
  it("nothing but that certificates are checked, where no file is named", async () => {
    expect(await readTls(none)).toEqual({ rejectUnauthorized: true });
  });

  it("that they are not, on demand alone", async () => {
    expect(await readTls({ ...none, insecure: true })).toEqual({ rejectUnauthorized: false });
  });

  it("what the files hold", async () => {
    const { ca, clientCert: cert, clientKey: key } = await makeCertificates(await scratchFolder());
    expect(await readTls({ ca, cert, key, insecure: false })).toEqual({
      ca: await readFile(ca),
      cert: await readFile(cert),
      key: await readFile(key),
      rejectUnauthorized: true,
    });
  });
});

describe("readTls refuses", () => {
  /** Paths of files of all sorts. */
  async function files() {
    const folder = await scratchFolder();
    const { ca, clientCert, clientKey, key: otherKey } = await makeCertificates(folder);
    const [absent, text, empty, locked] = ["absent", "text.pem", "empty.pem", "locked.key"].map((name) =>
      join(folder, name),
    ) as [string, string, string, string];
    const { privateKey } = generateKeyPairSync("ec", {
      namedCurve: "prime256v1",
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "made-up" },
    });
    await Promise.all([writeFile(text, "made up\n"), writeFile(empty, ""), writeFile(locked, privateKey)]);
    return { folder, ca, cert: clientCert, key: clientKey, otherKey, absent, text, empty, locked };
  }

  const noCertificate = /^no certificate in PEM$/;
  const noKey = /^no private key in PEM, or one that wants a passphrase$/;

  it.each([
    ["a file that is not there", "ca", "absent", /^ENOENT: no such file or directory$/],
    ["a file that is not there", "cert", "absent", /^ENOENT: no such file or directory$/],
    ["a file that is not there", "key", "absent", /^ENOENT: no such file or directory$/],
    ["a folder", "ca", "folder", /^EISDIR: /],
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
