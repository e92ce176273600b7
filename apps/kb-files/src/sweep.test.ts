import { expect, test } from "vitest";
import { makeDue } from "./sweep.ts";

test("says of each due row what is to be done with it", async () => {
  const rows = { process: ["a", "b"], delete: ["c"] };
  const due = makeDue({
    async *allDue(stage) {
      for (const documentId of rows[stage]) yield { orgId: "o", documentId };
    },
  });
  expect(await Array.fromAsync(due())).toEqual([
    { kind: "process", orgId: "o", documentId: "a" },
    { kind: "process", orgId: "o", documentId: "b" },
    { kind: "delete", orgId: "o", documentId: "c" },
  ]);
});
