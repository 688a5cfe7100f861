import { dirname, resolve } from "node:path";
import type { Plugin } from "vite";

/** What is used of the compiler. Its own types would declare AssemblyScript's globals, `console` among them, everywhere. */
interface Compiler {
  main(
    parameters: readonly string[],
    environment: { writeFile(name: string, contents: Uint8Array): void },
  ): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}

/**
 * Makes `import { code } from "./x.wasm"` mean: the WebAssembly that `x.ts`, which is AssemblyScript, is compiled to.
 * It gets its memory from whoever runs it.
 */
export function assemblyScript(): Plugin {
  return {
    name: "assembly-script",
    enforce: "pre",
    resolveId: (path, importer) =>
      path.endsWith(".wasm") && importer !== undefined ? resolve(dirname(importer), path) : null,
    async load(id) {
      if (!id.endsWith(".wasm")) return null;
      const source = id.replace(/\.wasm$/, ".ts");
      this.addWatchFile(source);
      const code = Buffer.from(await compile(source)).toString("base64");
      return `export const code = Buffer.from("${code}", "base64");`;
    },
  };
}

async function compile(source: string): Promise<Uint8Array> {
  const { main } = (await import(import.meta.resolve("assemblyscript/asc"))) as Compiler;
  const options =
    "--optimizeLevel 3 --enable simd --runtime stub --noAssert --importMemory --outFile made.wasm";
  const made: Uint8Array[] = [];
  const { error, stderr } = await main([source, ...options.split(" ")], {
    writeFile: (_, contents) => made.push(contents),
  });
  const [code] = made;
  if (error !== null || code === undefined) throw new Error(`${source} cannot be compiled:\n${stderr}`);
  return code;
}
