import { expect, it } from "vitest";
import { makeDue } from "./sweep.ts";

it("reads every due row, page after page", async () => {
  const rows = Array.from({ length: 401 }, (_, i) => ({
    orgId: "org",
    documentId: `doc-${String(i).padStart(3, "0")}`,
    generation: 1,
  }));
  const due = makeDue({
    due: async ({ limit, after }) =>
      rows.filter(({ documentId }) => after === undefined || documentId > after).slice(0, limit),
  });
  expect(await Array.fromAsync(due())).toEqual(rows);
});
