import { defineConfig, type Plugin } from "vite";
import { assemblyScript } from "./build/assembly-script.js";

/**
 * The program and all libraries it needs as a few files: loading them one by one took a third of a small run (measured).
 * What `cli/main.ts` imports when it is needed stays apart, so that `--help` does not load Redis' client.
 */
export default defineConfig({
  plugins: [leaveOut(), assemblyScript()],
  ssr: { noExternal: true },
  build: {
    ssr: true,
    target: "node20",
    minify: false,
    reportCompressedSize: false,
    license: { fileName: "LICENSES.md" },
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: {
        "cli/main": "src/cli/main.ts",
        index: "src/index.ts",
        "thread-entry": "src/source/worker/thread-entry.ts",
      },
      // Side by side, so that `./thread-entry.js` and `../package.json` mean the same as in the source tree.
      output: { chunkFileNames: "[name]-[hash].js" },
    },
  },
});

/**
 * Builds without the parts of node-redis that `redis/connect.ts` cannot reach, which are three quarters of it: a method
 * for each command (AUTH alone is looked up by name), and its own ways with clusters and Sentinels.
 */
function leaveOut(): Plugin {
  const instead = new Map([
    ["commands/index", `exports.default = { AUTH: require("./AUTH").default };`],
    ["commands/GEOSEARCH_WITH", ""],
    ["command-metadata/command-metadata-data", "exports.COMMAND_METADATA = {};"],
    ["cluster/index", "exports.default = {};"],
    ["sentinel/index", "exports.default = {};"],
  ]);
  const left = new Set<string>();
  return {
    name: "leave-out",
    load(id) {
      const part = /@redis\/client\/dist\/lib\/(.+)\.js$/.exec(id)?.[1] ?? "";
      const code = instead.get(part);
      if (code === undefined) return null;
      left.add(part);
      return `Object.defineProperty(exports, "__esModule", { value: true });\n${code}`;
    },
    buildEnd() {
      for (const part of instead.keys())
        if (!left.has(part)) this.error(`node-redis has no ${part} any more`);
    },
  };
}
