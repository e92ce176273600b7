import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formLimits, parseForm } from "./parse-form.ts";
import { toForm } from "./to-form.ts";

/** Ordinary objects, for comparing. */
const plain = (text: string): unknown => {
  const parsed = parseForm(Buffer.from(text));
  return parsed === undefined ? undefined : (JSON.parse(JSON.stringify(parsed)) as unknown);
};

test.each<readonly [string, unknown]>([
  ["", {}],
  ["a=1&b=2", { a: "1", b: "2" }],
  ["a=1&a=2", { a: "2" }],
  ["a", { a: "" }],
  ["a+b=c+d&%D0%B6=%D0%AF", { "a b": "c d", ж: "Я" }],
  ["a[b]=1&a[c][d]=2", { a: { b: "1", c: { d: "2" } } }],
  ["a[]=1&a[]=2", { a: ["1", "2"] }],
  ["a[1]=y&a[0]=x", { a: ["x", "y"] }],
  ["a[0]=x&a[]=y", { a: ["x", "y"] }],
  ["a[0]=x&a[2]=z", { a: { 0: "x", 2: "z" } }],
  ["a[0]=x&a[b]=y", { a: { 0: "x", b: "y" } }],
  ["a[500]=x", { a: { 500: "x" } }],
  ["linked[28085815][ID]=28085815", { linked: { 28085815: { ID: "28085815" } } }],
  ["a[01]=x", { a: { "01": "x" } }],
  ["a%5Bb%5D=1", { a: { b: "1" } }],
  ["a[b=1", { "a[b": "1" }],
  ["a]b=1", { "a]b": "1" }],
  ["[a]=1", { "[a]": "1" }],
  ["a[b]c=1", { "a[b]c": "1" }],
  ["a[constructor]=1&toString=2&a[hasOwnProperty]=3", { a: { constructor: "1", hasOwnProperty: "3" }, toString: "2" }],
  ["a=%ff&b=%", { a: "\ufffd", b: "%" }],
  [
    "leads[update][0][custom_fields][0][values][0][value]=5",
    { leads: { update: [{ custom_fields: [{ values: [{ value: "5" }] }] }] } },
  ],
])("%s", (text, expected) => {
  expect(plain(text)).toEqual(expected);
});

test.each([
  ["one step too deep", "a[b][c][d][e][f][g][h][i]=1"],
  ["__proto__", "__proto__=1"],
  ["__proto__ below", "a[__proto__][polluted]=1"],
  ["__proto__ escaped", "a[%5F%5Fproto__]=1"],
  ["text, then an object", "a=1&a[b]=2"],
  ["an object, then text", "a[b]=2&a=1"],
  ["too many keys", Array.from({ length: formLimits.maxKeys + 1 }, (_, at) => `k${at}=1`).join("&")],
  ["too many separators", "&".repeat(formLimits.maxKeys)],
  ["a list that grows beyond its end", "a[500]=x&a[]=y"],
])("%s is refused", (_, text) => {
  expect(parseForm(Buffer.from(text))).toBeUndefined();
});

test("as many keys as allowed, and a list as long as allowed", () => {
  const many = Array.from({ length: formLimits.maxKeys }, (_, at) => `k${at}=1`).join("&");
  expect(Object.keys(parseForm(Buffer.from(many)) ?? {})).toHaveLength(formLimits.maxKeys);
  const list = Array.from({ length: formLimits.maxIndex + 1 }, () => "a[]=1").join("&");
  expect(parseForm(Buffer.from(list))?.["a"]).toHaveLength(formLimits.maxIndex + 1);
});

test("objects have no prototype, and nothing is polluted", () => {
  const parsed = parseForm(Buffer.from("a[constructor][prototype][x]=1&b[0][c]=2"));
  expect(Object.getPrototypeOf(parsed)).toBeNull();
  expect(Object.getPrototypeOf(parsed?.["a"])).toBeNull();
  expect(({} as { x?: string }).x).toBeUndefined();
});

describe("properties", () => {
  const name = fc.string({ minLength: 1, maxLength: 6 }).filter((text) => !/[[\]]/.test(text) && text.isWellFormed());
  const leaf = fc.string({ maxLength: 8 }).filter((text) => text.isWellFormed());
  const namedChildren = (value: fc.Arbitrary<unknown>) =>
    fc.dictionary(
      name.filter((text) => text !== "__proto__" && !/^\d+$/.test(text)),
      value,
      { minKeys: 1, maxKeys: 4 },
    );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("tree"), { minLength: 1, maxLength: 4 }),
      namedChildren(tie("tree")),
    ),
  }));

  test("what was written is read", () => {
    fc.assert(
      fc.property(namedChildren(tree), (value) => {
        expect(plain(toForm(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  const depthOf = (value: unknown): number =>
    typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

  test("any bytes are read within the bounds, or not at all", () => {
    const soup = fc.array(
      fc.constantFrom("a", "b", "[", "]", "[]", "[0]", "[7]", "=", "&", "%", "%5B", "__proto__", "ж"),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          soup.map((parts) => Buffer.from(parts.join(""))),
          fc.uint8Array().map(Buffer.from),
        ),
        (bytes) => {
          const parsed = parseForm(bytes);
          if (parsed === undefined) return;
          expect(depthOf(parsed)).toBeLessThanOrEqual(formLimits.maxDepth);
          const visit = (value: unknown): void => {
            if (typeof value !== "object" || value === null) return;
            expect([null, Array.prototype]).toContain(Object.getPrototypeOf(value));
            for (const child of Object.values(value)) visit(child);
          };
          visit(parsed);
        },
      ),
      { numRuns: 500 },
    );
  });
});
