// The database keeps vectors in half precision (16 bits), so what is sent need not be longer than that takes.

/** By the 16 bits of a number: the shortest decimal that half precision reads as this number. Filled as needed. */
const texts: string[] = [];
const bits = new Uint16Array(1);
const number = new Float16Array(bits.buffer);

/** Five significant digits always do: half precision has 11 bits. */
const shortestText = (half: number): string => {
  for (let digits = 1; digits < 5; digits += 1) {
    const text = half.toPrecision(digits);
    if (Math.f16round(Number(text)) === half) return String(Number(text));
  }
  return String(Number(half.toPrecision(5)));
};

/**
 * A vector in pgvector's notation, rounded to half precision: a quarter of the bytes of JSON's numbers, and looking a
 * number up is several times as fast as writing it.
 */
export const vectorText = (vector: readonly number[]): string => {
  let text = "";
  for (let index = 0; index < vector.length; index += 1) {
    number[0] = vector[index] ?? 0;
    const code = bits[0] ?? 0;
    text += (index === 0 ? "" : ",") + (texts[code] ??= shortestText(number[0] ?? 0));
  }
  return `[${text}]`;
};
