/**
 * Translates UTF-16 offsets of `text` (what JavaScript slices by) to code points (what rows store).
 * @throws {RangeError} for an offset inside a surrogate pair
 */
export const makeCodePointIndex = (text: string): ((unitOffset: number) => number) => {
  const pairStarts: number[] = [];
  for (const match of text.matchAll(/[\u{10000}-\u{10ffff}]/gu)) pairStarts.push(match.index);
  return (unitOffset) => {
    let low = 0;
    let high = pairStarts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((pairStarts[middle] ?? Infinity) < unitOffset) low = middle + 1;
      else high = middle;
    }
    if (low > 0 && pairStarts[low - 1] === unitOffset - 1)
      throw new RangeError(`offset ${unitOffset} splits a character`);
    return unitOffset - low;
  };
};
