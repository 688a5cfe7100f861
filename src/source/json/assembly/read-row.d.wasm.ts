/** `read-row.ts`, compiled: see `build/assembly-script.ts`. */
export declare const code: Uint8Array<ArrayBuffer>;
