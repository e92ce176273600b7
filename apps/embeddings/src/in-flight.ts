/** Runs at most `max` pieces of work at once; the others wait in their order. */
export const makeSlots = (max: number) => {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (taken === max) await new Promise<void>((resolve) => waiting.push(resolve));
    else taken += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The slot goes from hand to hand, so that nobody slips in between.
      if (next) next();
      else taken -= 1;
    }
  };
};
