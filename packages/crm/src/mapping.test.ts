import { expect, test } from "vitest";
import { isWritable, toCrm, toOurs, type MappedField } from "./mapping.ts";

const mapping: readonly MappedField[] = [
  { name: "title", type: "text", field: "name", direction: "both" },
  { name: "budget", type: "number", customField: "501", direction: "both" },
  { name: "signedAt", type: "time", customField: "502", direction: "both" },
  { name: "score", type: "number", customField: "503", direction: "out" },
  { name: "status", type: "text", field: "status", direction: "both" },
  { name: "source", type: "text", customField: "504", direction: "in" },
];

test("without a mapping the standard fields keep their names, and read-only ones are not written", () => {
  const crm = { fields: { name: "Сделка", status: "open" }, customFields: { "501": "5" } };
  expect(toOurs(crm, undefined)).toEqual({ values: crm.fields, problems: [] });
  const writable = isWritable("deal", undefined);
  expect(["name", "amount", "status", "501"].map(writable)).toEqual([true, true, false, false]);
});

test("mapped fields are typed both ways; what does not fit is told and left out, what nothing maps stays raw", () => {
  const { values, problems } = toOurs(
    {
      fields: { name: "Сделка", amount: 7, status: "won" },
      customFields: { "501": "1 500,50", "502": "вчера", "503": 9, "999": "не нужно" },
    },
    mapping,
  );
  expect(values).toEqual({ title: "Сделка", budget: 1500.5, status: "won", source: null });
  expect(problems).toMatchObject([{ field: "signedAt" }]);

  const written = toCrm(
    {
      title: "Новая",
      budget: 3,
      signedAt: "2026-11-23T10:00:00+03:00",
      score: null,
      status: "lost",
      source: "x",
      a: 1,
    },
    "deal",
    mapping,
  );
  expect(written.fields).toEqual({ name: "Новая" });
  expect(written.customFields).toEqual({ "501": 3, "502": "2026-11-23T07:00:00.000Z", "503": null });
  expect(written.problems.map(({ field }) => field)).toEqual(["status", "source", "a"]);
});

test("a mapped custom field that the CRM leaves out is empty; a standard one is not told", () => {
  expect(toOurs({ fields: {}, customFields: {} }, mapping).values).toEqual({
    budget: null,
    signedAt: null,
    source: null,
  });
});
