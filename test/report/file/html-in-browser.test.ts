import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openReports } from "../../../src/report/file/open-reports.js";
import { printable } from "../../../src/report/printable.js";
import type { ReportWriter } from "../../../src/types/report-events.js";
import type { RunResult } from "../../../src/types/run-result.js";
import { type Browser, type Look, startBrowser } from "../../support/browser.js";
import { error, finished, undo, verify } from "../../support/finished-run.js";
import { reportText } from "../../support/report-files.js";
import {
  address,
  conflict,
  ended,
  invalid,
  largeMigration,
  placeOf,
  recordEvent,
  tellMany,
} from "../../support/report-run.js";

/** Kept to be looked at; not committed. */
const folder = resolve(".screenshots");

let browser: Browser;

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  browser = await startBrowser();
});

afterAll(() => browser.close());

const stopped = finished(
  { read: 40, created: 40 },
  {
    error: {
      ...error,
      message: "redis://redis.example:6379: the connection was lost, and did not come back in 30 s",
      hint: "Start Redis, then run this again: what was written stays.",
    },
    exitCode: 1,
    durationMs: 31_000,
    journal: "j.jsonl",
  },
);

const runs: Readonly<Record<string, readonly [RunResult, records: number]>> = {
  migration: [largeMigration(), 60_000],
  "dry-run": [
    { ...largeMigration(), mode: "dry-run", dryRun: true, journal: null, estimatedMemoryBytes: 131_000_000 },
    2_000,
  ],
  verification: [
    finished({ read: 300, matched: 297, missing: 2, expiry: 1, extra: 4 }, { ...verify, exitCode: 2 }),
    300,
  ],
  undo: [finished({ read: 12, deleted: 12 }, { ...undo, journal: "j.jsonl" }), 0],
  stopped: [stopped, 40],
  empty: [finished({}), 0],
};

const looks: readonly Look[] = [400, 1_200].flatMap((width) =>
  (["light", "dark"] as const).map((scheme) => ({ width, scheme })),
);

/** Texts of the page whose contrast with what is behind them is less than 4.5. */
const faintTexts = `(() => {
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const channel = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parts(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("main *")].flatMap((element) => {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "")) return [];
    if (element.closest("title, desc, style")) return [];
    const style = getComputedStyle(element);
    const [a, b] = [light(parts(element instanceof SVGElement ? style.fill : style.color)), light(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return contrast < 4.5 ? [contrast.toFixed(2) + " " + element.textContent.slice(0, 40)] : [];
  });
})()`;

/** Writes a page into the folder. @returns its address */
function writePage(name: string, result: RunResult, tell: (writer: ReportWriter) => void): string {
  const path = join(folder, `${name}.html`);
  const report = openReports(
    [{ path, format: "html" }],
    () => address,
    () => ended,
  );
  tell(report);
  expect(report.finish(() => result)).toEqual([]);
  return pathToFileURL(path).href;
}

describe.each(Object.entries(runs))("the page of a run: %s", (name, [result, records]) => {
  let url: string;

  beforeAll(() => {
    url = writePage(name, result, (report) => tellMany(report, records));
  });

  it.each(looks)("is fit to be read at $width px in $scheme colours", async (look) => {
    const page = await browser.open(url, look);
    await writeFile(join(folder, `${name}-${look.width}-${look.scheme}.png`), await page.screenshot());
    expect(page.complaints).toEqual([]);
    expect(page.requests).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(look.width);
    expect(await page.evaluate(faintTexts)).toEqual([]);
  });
});

/** Ids and names of files that would be markup, or end something, or are forbidden in XML. */
const names = [
  "<img src=x onerror=alert(1)>",
  "</title></style></script><script>alert(1)</script>",
  "]]>&amp;&#0;\"'`",
  "a\nb\u0000\u0008\u202e\ufffe\uffff\ud83d",
  "<!--",
];

const odd = finished(
  { read: names.length, conflict: names.length },
  {
    exitCode: 3,
    journal: names[0] ?? null,
    differences: names.map((name) => ({ ...conflict, name, place: placeOf(0, name), reason: name })),
    rejections: names.map((name) => ({ ...invalid, place: placeOf(0, name), reason: name })),
    warnings: names.map((message) => ({ code: "recovered" as const, message })),
    error: { code: "internal", message: names.join("\n"), hint: names[1] ?? "" },
  },
);

describe("what a file names is text", () => {
  const tell = (writer: ReportWriter) => {
    for (const name of names)
      writer.record(recordEvent(0, { outcome: "conflict", name, place: placeOf(0, name) }));
  };

  it("in the page", async () => {
    const page = await browser.open(writePage("odd", odd, tell), { width: 400, scheme: "light" });
    expect(page.complaints).toEqual([]);
    expect(await page.evaluate('document.querySelectorAll("main img, main script, main style").length')).toBe(
      0,
    );
    const cells = await page.evaluate<string[]>(
      '[...document.querySelectorAll("#differences + * td:nth-child(3)")].map((one) => one.textContent)',
    );
    expect(cells).toEqual(
      names.map((name) =>
        printable(name).replace(/[\ufffe\uffff]/g, (one) => `\\u{${one.charCodeAt(0).toString(16)}}`),
      ),
    );
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(400);
  });

  it("in JUnit's XML", async () => {
    const { text } = await reportText("xml", odd, tell);
    const page = await browser.open("about:blank", { width: 400, scheme: "light" });
    const parsed = `new DOMParser().parseFromString(${JSON.stringify(text)}, "application/xml")`;
    expect(await page.evaluate(`${parsed}.querySelectorAll("parsererror").length`)).toBe(0);
    const elements = await page.evaluate<string[]>(
      `[...new Set([...${parsed}.querySelectorAll("*")].map((one) => one.tagName))]`,
    );
    expect(elements.sort()).toEqual(["error", "failure", "testcase", "testsuite", "testsuites"]);
  });
});

it("a page prints on white paper, whatever the scheme", async () => {
  const url = writePage("printed", largeMigration(), (report) => tellMany(report, 1_000));
  const page = await browser.open(url, { width: 700, scheme: "dark", media: "print" });
  await writeFile(join(folder, "printed.png"), await page.screenshot());
  expect(await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")).toBe(
    "rgb(255, 255, 255)",
  );
  expect(await page.evaluate(faintTexts)).toEqual([]);
});
