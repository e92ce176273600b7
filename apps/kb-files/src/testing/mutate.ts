import type { Random } from "./corpus/random.ts";

const extensions = [
  "pdf",
  "docx",
  "xlsx",
  "pptx",
  "odt",
  "epub",
  "rtf",
  "eml",
  "msg",
  "html",
  "md",
  "csv",
  "json",
  "xml",
  "bin",
];

/** What storage, networks and people do to a file: cut, flipped bits, zeros, a piece of another file, another name. */
export const mutate = (
  random: Random,
  { name, bytes }: { readonly name: string; readonly bytes: Buffer },
  other: Buffer,
): { readonly name: string; readonly bytes: Buffer; readonly how: string } => {
  const at = (): number => random.integer(0, Math.max(0, bytes.length - 1));
  const how = random.pick(["cut", "bits", "zeros", "spliced", "renamed", "cut", "bits"]);
  switch (how) {
    case "cut": {
      const [from, to] = random.chance(0.8) ? [0, at()] : [at(), bytes.length];
      return { name, bytes: bytes.subarray(from, to), how };
    }
    case "bits": {
      const flipped = Buffer.from(bytes);
      for (let count = random.integer(1, 40); count > 0; count -= 1) {
        const place = at();
        flipped[place] = (flipped[place] ?? 0) ^ (1 << random.integer(0, 7));
      }
      return { name, bytes: flipped, how };
    }
    case "zeros": {
      const from = at();
      return {
        name,
        bytes: Buffer.from(bytes).fill(0, from, Math.min(bytes.length, from + random.integer(1, 4_096))),
        how,
      };
    }
    case "spliced": {
      const piece = other
        .subarray(random.integer(0, Math.max(0, other.length - 1)))
        .subarray(0, random.integer(1, 20_000));
      const from = at();
      const rest = bytes.subarray(random.chance(0.5) ? from : from + piece.length);
      return { name, bytes: Buffer.concat([bytes.subarray(0, from), piece, rest]), how };
    }
    default:
      return { name: `${name.slice(0, name.lastIndexOf("."))}.${random.pick(extensions)}`, bytes, how };
  }
};
