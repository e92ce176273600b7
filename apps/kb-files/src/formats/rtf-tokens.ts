export type RtfToken =
  | { readonly kind: "open" }
  | { readonly kind: "close" }
  | { readonly kind: "word"; readonly name: string; readonly value: number | undefined }
  /** `\~`, `\*` and so on. */
  | { readonly kind: "symbol"; readonly name: string }
  /** Bytes in the code page of the place, escaped (`\'e0`) or plain. */
  | { readonly kind: "bytes"; readonly bytes: Buffer; readonly escaped: boolean };

const word = /\\([a-z]{1,32})(-?\d{1,10})?[ ]?/iy;
const plain = /[^\\{}\r\n]+/y;

/** The pieces of an RTF file (RTF specification 1.9.1). Line ends mean nothing; `\bin` data is passed over. */
export function* rtfTokens(bytes: Uint8Array): Generator<RtfToken> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  while (at < text.length) {
    const character = text[at];
    if (character === "{" || character === "}") {
      at += 1;
      yield { kind: character === "{" ? "open" : "close" };
    } else if (character === "\r" || character === "\n") {
      at += 1;
    } else if (character !== "\\") {
      const run = match(plain)?.[0] ?? "";
      yield { kind: "bytes", bytes: Buffer.from(run, "latin1"), escaped: false };
    } else if (text[at + 1] === "'") {
      yield {
        kind: "bytes",
        bytes: Buffer.from([Number.parseInt(text.slice(at + 2, at + 4), 16) || 0x3f]),
        escaped: true,
      };
      at += 4;
    } else {
      const control = match(word);
      if (control === null) {
        yield { kind: "symbol", name: text[at + 1] ?? "" };
        at += 2;
        continue;
      }
      const value = control[2] === undefined ? undefined : Number(control[2]);
      if (control[1] === "bin") at += Math.max(0, value ?? 0);
      else yield { kind: "word", name: control[1] ?? "", value };
    }
  }
}
