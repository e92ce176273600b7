/** One after another; should one of them fail, the others run all the same, and its error comes last. */
export const inTurn = <Item>(...sources: readonly (() => AsyncIterable<Item>)[]) =>
  async function* (): AsyncGenerator<Item> {
    const errors: unknown[] = [];
    for (const source of sources) {
      try {
        yield* source();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors, "several sweeps failed");
  };
