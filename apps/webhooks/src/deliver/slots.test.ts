import { expect, test } from "vitest";
import { makeSlots } from "./slots.ts";

test("slow endpoints together get a quarter of the slots, the others all that is left", () => {
  const slots = makeSlots(8);
  for (const id of ["a", "b", "c"]) slots.note(id, 15_000);
  slots.note("fast", 20);
  const leave = slots.enter("a");
  expect(slots.enter("b")).toBeDefined();
  expect(slots.enter("c")).toBeUndefined();
  expect(slots.enter("fast")).toBeDefined();
  expect(slots.enter("unknown")).toBeDefined();
  leave?.();
  expect(slots.enter("c")).toBeDefined();
});

test("an endpoint that has recovered is fast again", () => {
  const slots = makeSlots(4);
  for (const id of ["a", "b"]) slots.note(id, 15_000);
  expect(slots.enter("a")).toBeDefined();
  expect(slots.enter("b")).toBeUndefined();
  for (let n = 0; n < 12; n += 1) slots.note("b", 10);
  expect(slots.enter("b")).toBeDefined();
});
