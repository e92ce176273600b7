import { describe, expect, test } from "vitest";
import { makeAuthenticate, sameSecret } from "./auth.ts";

const key = "gak_0123456789abcdef";
const found = { id: "key-1", orgId: "org-1", scopes: ["*"], ratePerMinute: null };

/** A finder that knows what `known` holds, counts its lookups, and a clock. */
const setUp = (options: { maxEntries?: number } = {}) => {
  const known = new Map([[key, found]]);
  const clock = { now: 0 };
  let lookups = 0;
  const apiKeys = {
    find: async ({ presentedKey }: { presentedKey: string }) => {
      lookups += 1;
      return known.get(presentedKey);
    },
  };
  const authenticate = makeAuthenticate(apiKeys, { ttlMs: 1000, rejectedTtlMs: 100, now: () => clock.now, ...options });
  return { known, clock, authenticate, lookupCount: () => lookups };
};

describe("authenticate", () => {
  test("tells the key's organisation and looks it up once for a while", async () => {
    const { authenticate, clock, lookupCount } = setUp();
    const calls = [authenticate(`Bearer ${key}`), authenticate(`bearer ${key}`)];
    expect(await Promise.all(calls)).toEqual([
      { keyId: "key-1", orgId: "org-1", scopes: ["*"], ratePerMinute: null },
      { keyId: "key-1", orgId: "org-1", scopes: ["*"], ratePerMinute: null },
    ]);
    clock.now = 999;
    await authenticate(`Bearer ${key}`);
    expect(lookupCount()).toBe(1);
  });

  test("a revoked key stops working once its time in memory is over", async () => {
    const { authenticate, clock, known } = setUp();
    await authenticate(`Bearer ${key}`);
    known.delete(key);
    clock.now = 1000;
    await expect(authenticate(`Bearer ${key}`)).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("a refused key is refused from memory, and soon asked for again", async () => {
    const { authenticate, clock, known, lookupCount } = setUp();
    known.delete(key);
    await expect(authenticate(`Bearer ${key}`)).rejects.toMatchObject({ status: 401 });
    await expect(authenticate(`Bearer ${key}`)).rejects.toMatchObject({ status: 401 });
    expect(lookupCount()).toBe(1);
    known.set(key, found);
    clock.now = 100;
    expect(await authenticate(`Bearer ${key}`)).toMatchObject({ orgId: "org-1" });
  });

  test("a failed lookup is not remembered", async () => {
    let down = true;
    const find = async () => {
      if (down) throw new Error("database is away");
      return found;
    };
    const authenticate = makeAuthenticate({ find });
    await expect(authenticate(`Bearer ${key}`)).rejects.toThrow("database is away");
    down = false;
    expect(await authenticate(`Bearer ${key}`)).toMatchObject({ orgId: "org-1" });
  });

  test("guessed keys do not fill the memory", async () => {
    const { authenticate, lookupCount } = setUp({ maxEntries: 2 });
    await authenticate(`Bearer ${key}`);
    for (const guess of ["a", "b"]) await authenticate(`Bearer ${guess.repeat(20)}`).catch(() => {});
    await authenticate(`Bearer ${key}`);
    expect(lookupCount()).toBe(4);
  });
});

test("secrets are the same or not, whatever their lengths", () => {
  expect(sameSecret("секрет", "секрет")).toBe(true);
  expect(sameSecret("секрет", "секреТ")).toBe(false);
  expect(sameSecret("", "a")).toBe(false);
});
