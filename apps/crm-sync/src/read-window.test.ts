import type { RemoteRecord } from "@gpt-agent/crm/provider";
import { expect, test } from "vitest";
import { closedAfterMs, findOutside, nextWindow, overlapMs } from "./read-window.ts";

const at = (updatedAtMs: number | undefined): RemoteRecord => ({
  entity: "contact",
  remoteId: String(updatedAtMs),
  updatedAtMs,
  deleted: false,
  fields: {},
  customFields: {},
  links: [],
  raw: null,
});

test("a record outside its window is found; one second of rounding, and records without a time, are not", () => {
  const window = { fromMs: 10_000, toMs: 20_000 };
  expect(findOutside([at(9_000), at(10_000), at(20_000), at(21_000), at(undefined)], window)).toBeUndefined();
  expect(findOutside([at(15_000), at(8_999)], window)).toMatchObject({ updatedAtMs: 8_999 });
  expect(findOutside([at(21_001)], window)).toMatchObject({ updatedAtMs: 21_001 });
});

test("windows overlap and end in the past; one that would be empty is not read", () => {
  const window = nextWindow(1_000_000, 1_100_000);
  expect(window).toEqual({ fromMs: 1_000_000 - overlapMs, toMs: 1_100_000 - closedAfterMs });
  expect(nextWindow(window?.toMs ?? 0, 1_100_000)).toBeUndefined();
});
