import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeSecret } from "./secret.ts";

// Long enough that it cannot turn up in unrelated text by chance.
const secretTexts = fc.string({ minLength: 12, maxLength: 60 }).filter((text) => text.trim().length >= 12);

test("only reveal gives the text", () => {
  fc.assert(
    fc.property(secretTexts, (text) => {
      const secret = makeSecret(text);
      const holder = { secret, list: [secret], map: new Map([["k", secret]]) };
      const shown = [
        String(secret),
        ["", holder.secret, ""].join(" "),
        JSON.stringify(holder),
        inspect(holder, { depth: null, showHidden: true, getters: true }),
        inspect(secret, { customInspect: false, showHidden: true }),
        // oxlint-disable-next-line typescript/restrict-template-expressions -- the slip that must do no harm
        new Error(`cannot use ${secret}`).stack ?? "",
        inspect(new Error("cannot use", { cause: holder })),
        Object.keys(secret).join(),
        JSON.stringify({ ...secret }),
        JSON.stringify(structuredClone(Object.fromEntries(Object.entries(secret)))),
      ];
      for (const one of shown) expect(one).not.toContain(text);
      expect(secret.reveal()).toBe(text);
    }),
  );
});

test("it cannot be changed", () => {
  const secret = makeSecret("one");
  expect(() => Object.assign(secret, { reveal: () => "two" })).toThrow(TypeError);
  expect(secret.reveal()).toBe("one");
});
