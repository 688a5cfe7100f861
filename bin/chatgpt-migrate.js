#!/usr/bin/env node
import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";

// From 22.8 on Node can keep what it compiles for the next run. Not in the system's folder for temporary files, where others
// could put their code in its place, but here: where it may not write, it goes without.
/** @type {{ default?: unknown, enableCompileCache?: (folder: string) => unknown }} */
const { enableCompileCache } = nodeModule;
enableCompileCache?.(fileURLToPath(new URL("../.compile-cache", import.meta.url)));
const { main } = await import("../dist/cli/main.js");

process.exitCode = await main(process);
