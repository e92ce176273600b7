import { expect, test } from "vitest";
import { makeDue } from "./sweep.ts";

test("pages through both kinds of due rows", async () => {
  const rows = { process: 450, delete: 1 };
  const asked: unknown[] = [];
  const due = makeDue({
    due: async (input) => {
      asked.push(input);
      const from = input.after === undefined ? 0 : Number(input.after) + 1;
      const count = Math.min(input.limit, rows[input.stage] - from);
      return Array.from({ length: count }, (_, index) => ({ orgId: "o", documentId: String(from + index) }));
    },
  });
  const payloads = [];
  for await (const payload of due()) payloads.push(payload);
  expect(payloads).toHaveLength(451);
  expect(new Set(payloads.map(({ kind, documentId }) => `${kind} ${documentId}`)).size).toBe(451);
  expect(payloads.at(-1)).toEqual({ kind: "delete", orgId: "o", documentId: "0" });
  expect(asked).toHaveLength(4);
});
