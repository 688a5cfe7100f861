import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { provisionChromium } from "./provision.js";

/** How a page is looked at. */
export interface Look {
  /** Of the window, in px. */
  readonly width: number;
  readonly scheme: "light" | "dark";
  readonly media?: "screen" | "print";
}

/** A page once it is loaded. */
interface Page {
  /** What the console said, and what was thrown. */
  readonly complaints: readonly string[];
  /** Addresses that it asked for, beside its own. */
  readonly requests: readonly string[];
  /** The value of an expression in the page. */
  evaluate<T>(expression: string): Promise<T>;
  /** All of the page, as a PNG. */
  screenshot(): Promise<Buffer>;
}

export interface Browser {
  open(url: string, look: Look): Promise<Page>;
  close(): Promise<void>;
}

// Without a screen, as root within a container, and with no connection of its own.
const flags = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

type Fields = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params: Fields;
  readonly result: Fields;
  readonly error?: { readonly message: string };
}

/** Starts a headless Chromium. It is spoken to in JSON with a NUL behind each message (--remote-debugging-pipe). */
export async function startBrowser(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), "chatgpt-migrate-browser-"));
  // Installed before all tests: there is nothing to say.
  const program = provisionChromium(() => {});
  const child = spawn(program, [...flags, `--user-data-dir=${profile}`, "--remote-debugging-pipe"], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const [toBrowser, fromBrowser] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const answers = new Map<number, (message: Message) => void>();
  const listeners = new Set<(message: Message) => void>();
  let last = 0;
  let begun = "";
  fromBrowser.setEncoding("utf8").on("data", (chunk: string) => {
    const texts = (begun + chunk).split("\0");
    begun = texts.pop() ?? "";
    for (const text of texts) {
      const message = JSON.parse(text) as Message;
      if (message.id === undefined) for (const listen of listeners) listen(message);
      else answers.get(message.id)?.(message);
    }
  });
  const send = async (method: string, params: Fields = {}, sessionId?: string): Promise<Fields> => {
    last += 1;
    const id = last;
    const answered = new Promise<Message>((resolve) => answers.set(id, resolve));
    toBrowser.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await answered;
    answers.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  return {
    open: async (url, { width, scheme, media = "screen" }) => {
      const { targetId } = await send("Target.createTarget", { url: "about:blank" });
      const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
      const ask = (method: string, params?: Fields) => send(method, params, sessionId as string);
      const [complaints, requests]: [string[], string[]] = [[], []];
      const loaded = new Promise<void>((resolve) => {
        listeners.add(({ sessionId: from, method, params }) => {
          if (from !== sessionId) return;
          if (method === "Page.loadEventFired") resolve();
          if (
            ["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"].includes(method ?? "")
          )
            complaints.push(JSON.stringify(params));
          const request = params.request as { readonly url: string } | undefined;
          if (method === "Network.requestWillBeSent" && request?.url !== url)
            requests.push(request?.url ?? "");
        });
      });
      for (const domain of ["Page", "Runtime", "Log", "Network"]) await ask(`${domain}.enable`);
      await ask("Emulation.setDeviceMetricsOverride", {
        width,
        height: 900,
        deviceScaleFactor: 1,
        mobile: false,
      });
      const features = [{ name: "prefers-color-scheme", value: scheme }];
      await ask("Emulation.setEmulatedMedia", { media, features });
      await ask("Page.navigate", { url });
      await loaded;
      return {
        complaints,
        requests,
        evaluate: async <T>(expression: string) => {
          const { result, exceptionDetails } = await ask("Runtime.evaluate", {
            expression,
            returnByValue: true,
          });
          if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
          return (result as { readonly value: T }).value;
        },
        screenshot: async () => {
          const { data } = await ask("Page.captureScreenshot", { captureBeyondViewport: true });
          return Buffer.from(data as string, "base64");
        },
      };
    },
    close: async () => {
      child.kill();
      await exited;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
