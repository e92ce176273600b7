import { expect, test } from "vitest";
import { inTurn } from "./in-turn.ts";

const give = (...items: number[]) =>
  async function* () {
    yield* items;
  };
const fail = (message: string) =>
  // oxlint-disable-next-line require-yield
  async function* (): AsyncGenerator<number> {
    throw new Error(message);
  };
const collect = async (source: () => AsyncIterable<number>) => {
  const items: number[] = [];
  try {
    for await (const item of source()) items.push(item);
    return { items };
  } catch (error) {
    return { items, error };
  }
};

test("one after another", async () => {
  expect(await collect(inTurn(give(1, 2), give(), give(3)))).toEqual({ items: [1, 2, 3] });
});

test("what fails does not starve what follows, and is told in the end", async () => {
  expect(await collect(inTurn(give(1), fail("one"), give(2)))).toEqual({ items: [1, 2], error: new Error("one") });
  const { error } = await collect(inTurn(fail("one"), fail("two")));
  expect(error).toMatchObject({ errors: [new Error("one"), new Error("two")] });
});
