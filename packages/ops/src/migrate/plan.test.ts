import { expect, test } from "vitest";
import { planMigrations } from "./plan.ts";

const file = (name: string) => ({ name, sql: `-- ${name}` });

test("what is not applied yet, in order, under the names Supabase's tool gives", () => {
  const files = [file("20260102000000_b_two.sql"), file("20260101000000_a.sql"), file("20260103000000_c.sql")];
  expect(planMigrations(files, new Set(["20260103000000", "19990101000000"]))).toEqual([
    { version: "20260101000000", name: "a", sql: "-- 20260101000000_a.sql" },
    { version: "20260102000000", name: "b_two", sql: "-- 20260102000000_b_two.sql" },
  ]);
});

test("files that no order can be told from are refused", () => {
  expect(() => planMigrations([file("schema.sql")], new Set())).toThrow(TypeError);
  expect(() => planMigrations([file("1_a.sql"), file("1_b.sql")], new Set())).toThrow(TypeError);
});
