import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { program, scratchFolder } from "../support/program.js";

it("reads every layout the same where Node has no WebAssembly, as with --jitless", async () => {
  const folder = await scratchFolder();
  const commandsMade = async (name: string, nodeFlags: readonly string[]) => {
    const file = join(folder, name);
    const { stderr, code } = await program(["--output", file, resolve("fixtures")], {
      cwd: folder,
      nodeFlags,
    });
    return { commands: await readFile(file), stderr: stderr.replaceAll(name, "file"), code };
  };
  const usual = await commandsMade("usual", []);
  const without = await commandsMade("without", ["--jitless"]);
  expect(usual.commands.length).toBeGreaterThan(10_000);
  expect(without.commands.equals(usual.commands)).toBe(true);
  expect(without.code).toBe(usual.code);
});
