import { expect, test } from "vitest";
import { limits, makePlace } from "./fixture.ts";

test("limits: none until set, each by itself, each organisation's own", async () => {
  const [{ orgId }, other] = [await makePlace(), await makePlace()];
  const none = { maxFileBytes: null, maxPages: null, maxChunks: null, maxParseSeconds: null };
  expect(await limits.get({ orgId })).toEqual(none);
  expect(await limits.set({ orgId, maxPages: 10, maxFileBytes: 5_000_000_000 })).toMatchObject({ maxPages: 10 });
  expect(await limits.set({ orgId, maxPages: null, maxChunks: 7 })).toEqual({
    ...none,
    maxChunks: 7,
    maxFileBytes: 5_000_000_000,
  });
  expect(await limits.get({ orgId: other.orgId })).toEqual(none);
  await expect(limits.set({ orgId, maxPages: 0 })).rejects.toMatchObject({ code: "database_refused" });
});
