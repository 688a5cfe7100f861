import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { formatOf } from "../../src/source/other-formats.js";

const json = '{"conversations": {"rows": []}}';
const wide = (text: string) => Buffer.from(text, "utf16le");
const wider = (text: string, at: number) =>
  Buffer.concat([...text].map((one) => Buffer.alloc(4).fill(one, at, at + 1)));

describe("a format that is not JSON is named", () => {
  it.each<[string, Buffer | string]>([
    ["a zip archive", "PK\x03\x04\x14\0\0\0"],
    ["a 7z archive", Buffer.from("377abcaf271c0004", "hex")],
    ["a RAR archive", "Rar!\x1a\x07\x01\0"],
    ["xz data", Buffer.from("fd377a585a000004", "hex")],
    ["bzip2 data", "BZh91AY&SY"],
    ["zstd data", Buffer.from("28b52ffd2058", "hex")],
    ["gzip data within gzip data", gzipSync(json)],
    ["a tar archive", Buffer.concat([Buffer.alloc(257, "a"), Buffer.from("ustar\x0000")])],
    ["an SQLite database", "SQLite format 3\0\x10\0"],
    ["a snapshot of Redis (RDB)", "REDIS0009\xfa\tredis-ver"],
    ["commands in the Redis protocol", "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"],
    ["a PDF document", "%PDF-1.7\n"],
    ["an HTML page", "<!DOCTYPE html>\n<html>"],
    ["an HTML page", '\n <html lang="en">'],
    ["XML", '<?xml version="1.0"?>'],
    ["a pointer to a file that Git LFS keeps elsewhere", "version https://git-lfs.github.com/spec/v1\n"],
    ["UTF-16 text without a byte-order mark", wide(json)],
    ["UTF-16 text without a byte-order mark", wide("[]")],
    ["UTF-16 text without a byte-order mark", wide('\r\n  {"é": "漢字"}').swap16()],
    ["UTF-32 text without a byte-order mark", wider(json, 0)],
    ["UTF-32 text without a byte-order mark", wider(json, 3)],
  ])("%s", (name, text) => {
    const format = formatOf(Buffer.isBuffer(text) ? text : Buffer.from(text, "latin1"));
    expect(format?.name).toBe(name);
    expect(format?.todo).toMatch(/^[A-Z].*[^.]$/);
  });

  it.each([
    ["JSON", json],
    ["nothing", ""],
    ["white space", " \n\t"],
    ["a number", "1"],
    ["a merge conflict", '<<<<<<< HEAD\n{"keys": []}'],
    ["zeros", "\0".repeat(20)],
    ["zeros behind the first bracket", `{${"\0".repeat(20)}`],
    ["zeros before text", `\0\0\0\0${json}`],
    ["an error", "Error: ENOSPC"],
    ["the end of a row", '"balance": 1}],"name":"keys"}'],
    ["text of other letters", "漢字"],
  ])("but not %s", (_name, text) => {
    expect(formatOf(Buffer.from(text))).toBeNull();
  });
});
