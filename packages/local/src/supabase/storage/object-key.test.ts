import { describe, expect, test } from "vitest";
import { parseSizeLimit } from "./buckets.ts";
import { checkName, toKey } from "./object-key.ts";
import { StorageError } from "./storage-error.ts";

describe("object names", () => {
  test.each(["a.txt", "folder/file one.txt", "...", "a..b", "it's (1) & more", ".hidden"])("%s is a name", (name) => {
    expect(checkName(name)).toBe(name);
  });

  test.each([
    "",
    "..",
    "a/../b",
    "./a",
    "a//b",
    "/a",
    "a/",
    "a\u0000",
    "a\nb",
    "a\\b",
    "договор.pdf",
    "naïve.txt",
    "a[1].txt",
    "\ud800",
    "x".repeat(1_025),
  ])("%j is none", (name) => {
    expect(() => checkName(name)).toThrow(StorageError);
  });

  test("the first segment is the bucket; an escaped slash does not make a way out", () => {
    expect(toKey(["b", "a", "c.txt"])).toEqual({ bucket: "b", name: "a/c.txt" });
    expect(() => toKey(["b", "../../etc"])).toThrow(StorageError);
  });
});

describe("size limits", () => {
  test.each([
    [null, null],
    [10, 10],
    ["20MB", 20 * 1024 ** 2],
    ["1.5 kb", 1_536],
    ["7", 7],
  ])("%j is %j bytes", (given, bytes) => {
    expect(parseSizeLimit(given)).toBe(bytes);
  });

  test.each(["big", -1, {}, "1TB"])("%j is refused", (given) => {
    expect(() => parseSizeLimit(given)).toThrow(StorageError);
  });
});
