import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { startCluster } from "./support/cluster.js";
import {
  anchorsOf,
  type Block,
  blocksOf,
  commandsShown,
  documents,
  everyDocument,
  textOf,
} from "./support/documents.js";
import { redisOfFile } from "./support/redis.js";
import { startSentinelGroup } from "./support/sentinel.js";
import { startTlsRedis } from "./support/tls.js";
import { workplace } from "./support/workplace.js";

/** Commands that need more than one plain server. */
const elsewhere = /rediss:|--sentinel|node-1/;

describe("what the documents show", () => {
  const redis = redisOfFile();

  test.each(documents)(
    "%s: each command does what is shown, and each script and CI step succeeds",
    async (file) => {
      const { given, save, run } = await workplace(redis());
      const text = textOf(file);
      // As the document would be with what the commands say now: `npx vitest run … -u` writes that.
      let now = "";
      let copied = 0;
      for (const block of blocksOf(text)) {
        if (block.given !== undefined) await given(block.given);
        if (block.language === "js") await save(nameOf(block), block.lines.join("\n"));
        if (block.language === "console") {
          const shown: string[] = [];
          for (const command of commandsShown(block))
            shown.push(`$ ${command}\n${(await run(command)).output}`.trimEnd());
          now += `${text.slice(copied, block.start)}${shown.join("\n\n")}\n`;
          copied = block.end;
        }
        for (const command of commandsOf(block.language, block.lines)) {
          const { status, output } = await run(command);
          expect([command, output, status]).toEqual([command, output, 0]);
        }
      }
      await expect(now + text.slice(copied)).toMatchFileSnapshot(`../${file}`);
    },
  );
});

/** The file of a script, which its first line names. */
function nameOf({ lines: [first = ""] }: Block): string {
  return first.replace(/^\/\/ /, "");
}

/** What must succeed: a script as a whole, each line of other shell blocks, each step of a workflow. */
function commandsOf(language: string, lines: readonly string[]): string[] {
  if (!["sh", "yaml"].includes(language)) return [];
  if (lines.includes("esac")) return [lines.join("\n")];
  return lines
    .map((line) => line.replace(/^\s*- run: /, ""))
    .filter((line) => /(^|[A-Z_]+=\S+ )chatgpt-migrate( |$)/.test(line) && !elsewhere.test(line));
}

test("the commands for TLS, Sentinels and a cluster exit with 0", async () => {
  const [tls, group, cluster] = [
    await startTlsRedis({ clientAuth: true }),
    await startSentinelGroup(),
    await startCluster(),
  ];
  const { ca, clientCert, clientKey } = tls.certificates;
  const hosts = (ports: readonly number[]) => ports.map((port) => `127.0.0.1:${port}`).join(",");
  const commands = blocksOf(textOf("docs/redis.md"))
    .filter(({ language }) => language === "sh")
    .flatMap(({ lines }) => lines)
    .filter((line) => elsewhere.test(line));
  expect(commands).toHaveLength(3);
  for (const command of commands) {
    const local = command
      .replace("chatgpt-migrate", `'${process.execPath}' bin/chatgpt-migrate.js fixtures/demo/db.json`)
      .replace("redis.example.org:6380", `localhost:${tls.port}`)
      .replace("ca.pem", ca)
      .replace("me.pem", clientCert)
      .replace("me.key", clientKey)
      .replace("sentinel-1,sentinel-2,sentinel-3", hosts(group.sentinels))
      .replace("mymaster", group.name)
      .replace("node-1:7000,node-2:7000", hosts(cluster.masters.map(({ port }) => port)));
    expect([command, spawnSync("sh", ["-c", local]).status]).toEqual([command, 0]);
  }
});

test.each([...documents, "CONTRIBUTING.md"])("%s: each npm command exists", (file) => {
  const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
  const commands = blocksOf(textOf(file))
    .flatMap(({ lines }) => lines)
    .filter((line) => line.startsWith("npm "));
  for (const command of commands) {
    const [, verb = "", name = ""] = command.split(/\s+/);
    if (verb === "run") expect(scripts).toHaveProperty(name);
    else expect(["ci", "cit", "test", "link", "install"]).toContain(verb);
  }
});

test("docs/flags.md names every flag, and each flag that a document names exists", () => {
  const { stdout } = spawnSync(process.execPath, ["bin/chatgpt-migrate.js", "--help"], { encoding: "utf8" });
  const flagsOf = (text: string) => [...new Set(text.match(/(?<![\w-])--[a-z][a-z-]+/g))];
  const known = new Set([...flagsOf(stdout), ...flagsOfOthers]);
  const named = new Set(flagsOf(textOf("docs/flags.md")));
  expect(flagsOf(stdout).filter((flag) => !named.has(flag))).toEqual([]);
  for (const file of documents)
    expect([file, flagsOf(textOf(file)).filter((flag) => !known.has(flag))]).toEqual([file, []]);
});

const flagsOfOthers = [
  ...["--scan", "--pattern", "--pipe", "--tls", "--rm", "--user", "--cacert"],
  ...["--no-install", "--prefix", "--max-old-space-size"],
];

test("docs/ci.md gives the action only inputs that it has, and names its outputs", () => {
  const { inputs, outputs } = parse(textOf("action.yml")) as Record<"inputs" | "outputs", object>;
  const steps = blocksOf(textOf("docs/ci.md"))
    .filter(({ language }) => language === "yaml")
    .flatMap(({ lines }) => (parse(lines.join("\n")) as { steps: { uses?: string; with?: object }[] }).steps)
    .filter(({ uses }) => uses === "./chatgpt-migrate");
  expect(steps.length).toBeGreaterThan(0);
  for (const step of steps)
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(step.with ?? {})));
  for (const name of Object.keys(outputs)) expect(textOf("docs/ci.md")).toContain(`\`${name}\``);
});

test.each(everyDocument)("%s: each link leads to a file and a heading", (file) => {
  const links = [...textOf(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  for (const link of links.filter((target) => !/^https?:/.test(target))) {
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? file : join(dirname(file), path);
    expect([link, existsSync(target)]).toEqual([link, true]);
    if (anchor !== undefined) expect([link, anchorsOf(textOf(target)).has(anchor)]).toEqual([link, true]);
  }
});

test("README.md fits into 150 lines, and no line of prose is longer than 120 characters", () => {
  expect(textOf("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(150);
  for (const file of documents) {
    const prose = textOf(file).replace(/^```[\s\S]*?^```$/gm, "");
    const long = prose.split("\n").filter((line) => line.length > 120 && !line.startsWith("|"));
    expect([file, long]).toEqual([file, []]);
  }
});

/** What the program may say, with `…` where it puts something. */
const sentences = readdirSync("src", { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => textOf(join(entry.parentPath, entry.name)).replace(/\$\{[^{}]*\}/g, "…"))
  .join("\n");

test("each of the commonest errors in README.md, and what docs/what-if.md says that you see, is what the program says", () => {
  const errors = [...textOf("README.md").matchAll(/^\| `([^`]+)` \|/gm)].map(([, words = ""]) => words);
  expect(errors).toHaveLength(10);
  const seen = [...textOf("docs/what-if.md").matchAll(/\*\*You see\*\*([^*]+)/g)]
    .flatMap(([, words = ""]) => [...words.matchAll(/`([^`]+)`/g)].map(([, quoted = ""]) => quoted))
    .map((quoted) => quoted.replace(/\s+/g, " "));
  expect(seen.length).toBeGreaterThan(10);
  expect([...errors, ...seen].filter((words) => !sentences.includes(words))).toEqual([]);
});
