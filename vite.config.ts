import { defineConfig } from "vite";

/**
 * The program and all libraries it needs as a few files: loading them one by one took a third of a small run (measured).
 * What `cli/main.ts` imports when it is needed stays apart, so that `--help` does not load Redis' client.
 */
export default defineConfig({
  ssr: { noExternal: true },
  build: {
    ssr: true,
    target: "node20",
    minify: false,
    reportCompressedSize: false,
    license: { fileName: "LICENSES.md" },
    rolldownOptions: {
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
