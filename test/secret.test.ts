import { format, inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskKey, redact, Secret } from "../src/secret.js";

describe("maskKey", () => {
  it.each([
    ["shows the first 3 and last 4 characters", "sk-madeup0123wxyz", "sk-…wxyz"],
    ["shows them from 12 characters on", "sk-madeup-12", "sk-…p-12"],
    ["hides a key of 11 characters wholly", "sk-madeup-1", "***"],
    ["hides an empty key", "", "***"],
    ["counts characters, not UTF-16 units", "🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑", "***"],
    ["never cuts a character in two", "🔑🔒🔓made-up🗝🔐🔏🪪", "🔑🔒🔓…🗝🔐🔏🪪"],
  ])("%s", (_behaviour, key, mask) => {
    expect(maskKey(key)).toBe(mask);
  });

  it("says nothing about what stands between", () => {
    const middle = fc.string({ minLength: 5 });
    const property = fc.property(middle, middle, (one, other) => {
      expect(maskKey(`sk-${one}wxyz`)).toBe(maskKey(`sk-${other}wxyz`));
    });
    fc.assert(property, { seed: 1, numRuns: 200 });
  });
});

describe("Secret", () => {
  const secret = new Secret("sk-madeup-in-full", "sk-…full");

  it("gives its text to who asks for it by name", () => {
    expect(secret.reveal()).toBe("sk-madeup-in-full");
  });

  it.each([
    ["a template string", `${secret}`],
    ["concatenation", `${["", secret].join("")}`],
    ["String()", String(secret)],
    ["console.log", format(secret)],
    ["console.log's %s", format("%s", secret)],
    ["inspect", inspect(secret, { showHidden: true })],
  ])("shows its mask alone to %s", (_way, shown) => {
    expect(shown).toBe("sk-…full");
  });

  it.each([
    ["JSON.stringify", JSON.stringify({ password: secret })],
    ["inspect within an object", inspect({ password: secret })],
    ["%j", format("%j", { password: secret })],
    ["%o", format("%o", { password: secret })],
    ["an error's message", new Error(`wrong: ${secret}`).message],
  ])("keeps its text from %s", (_way, shown) => {
    expect(shown).toContain("sk-…full");
    expect(shown).not.toContain("madeup");
  });

  it("is wholly hidden when no mask is given", () => {
    expect(String(new Secret("made-up password"))).toBe("***");
  });
});

describe("redact", () => {
  it.each([
    [
      "cuts off the echo of a command's arguments",
      "ERR unknown command 'SET', with args beginning with: 'chatgpt:keys:sk-madeup' '{}'",
      "ERR unknown command 'SET'",
    ],
    ["cuts an echo of many lines", "ERR no, with args beginning with: 'a'\n'b'", "ERR no"],
    ["hides a secret wherever it stands", "ERR sk-madeup: no sk-madeup", "ERR ***: no ***"],
    ["takes a secret literally", "ERR a.b and axb", "ERR *** and axb"],
    ["leaves other words alone", "OOM command not allowed", "OOM command not allowed"],
  ])("%s", (_behaviour, words, shown) => {
    expect(redact(words, ["sk-madeup", "a.b", ""])).toBe(shown);
  });

  it.each([
    ["one that begins another", ["made-up", "made-up-longer"], "ERR *** and ***"],
    ["one that ends another", ["longer", "made-up-longer"], "ERR *** and made-up"],
    ["none, but empty ones", ["", ""], "ERR made-up-longer and made-up"],
  ])("of several secrets hides %s whole", (_which, secrets, shown) => {
    expect(redact("ERR made-up-longer and made-up", secrets)).toBe(shown);
  });

  it("leaves none of several secrets, however they overlap", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1 });
    const property = fc.property(text, fc.array(text), (words, secrets) => {
      const shown = redact(words, secrets);
      for (const secret of secrets) expect(shown).not.toContain(secret);
    });
    fc.assert(property, { seed: 1, numRuns: 500 });
  });

  it("leaves nothing of a secret, whatever stands around it", () => {
    const property = fc.property(fc.string(), fc.string(), (before, after) => {
      expect(redact(`${before}sk-madeup${after}`, ["sk-madeup"])).not.toContain("sk-madeup");
    });
    fc.assert(property, { seed: 1, numRuns: 200 });
  });
});
