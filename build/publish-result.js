// Writes into dist the shape of the result, as JSON Schema and as types that need no zod.
import { writeFile } from "node:fs/promises";
import { runnerImport } from "vite";

/** @type {{ module: typeof import("./result-shape.js") }} */
const { module } = await runnerImport("./build/result-shape.ts");
const schema = module.resultSchema();
await writeFile("dist/result.schema.json", `${JSON.stringify(schema, null, 2)}\n`);
// In place of what tsc made of zod's types.
await writeFile("dist/types/run-result.d.ts", module.declarationsOf(schema));
