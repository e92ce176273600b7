import { isAscii, isUtf8 } from "node:buffer";
import iconv from "iconv-lite";
import { decodeText } from "../decode.ts";

/** Bytes of a message in which its own header must end. */
const longestHead = 262_144;
const longestLine = 2_000;

/**
 * A message whose headers are all ASCII or UTF-8. Bare 8-bit bytes without encoded words are common in old Russian mail, in
 * the subject and in the names of attachments: they are told by statistics, all of them together.
 */
export const withReadableHeaders = async (buffer: Buffer): Promise<Buffer> => {
  const places = [headOf(buffer), ...nameLines(buffer)].filter(({ from, to }) => {
    const bytes = buffer.subarray(from, to);
    return !isAscii(bytes) && !isUtf8(bytes);
  });
  if (places.length === 0) return buffer;
  const { encoding } = await decodeText(Buffer.concat(places.map(({ from, to }) => buffer.subarray(from, to))));
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { from, to } of places) {
    if (from < at) continue;
    pieces.push(buffer.subarray(at, from), Buffer.from(iconv.decode(buffer.subarray(from, to), encoding)));
    at = to;
  }
  return Buffer.concat([...pieces, buffer.subarray(at)]);
};

interface Place {
  readonly from: number;
  readonly to: number;
}

const headOf = (buffer: Buffer): Place => {
  const end = /\r?\n\r?\n/.exec(buffer.subarray(0, longestHead).toString("latin1"))?.index ?? 0;
  return { from: 0, to: end };
};

/** Lines of headers that name a part. */
const nameLines = (buffer: Buffer): Place[] => {
  const places: Place[] = [];
  for (let at = buffer.indexOf("name="); at !== -1; at = buffer.indexOf("name=", at + 5)) {
    // Never far: a message may hold many names and few line ends.
    const start = Math.max(0, at - longestLine);
    const from = start + buffer.subarray(start, at).lastIndexOf("\n") + 1;
    const length = buffer.subarray(at, at + longestLine).indexOf("\n");
    const to = length === -1 ? Math.min(at + longestLine, buffer.length) : at + length;
    if (/^(content-(type|disposition)\s*:|[ \t]+(file)?name=)/i.test(buffer.toString("latin1", from, to))) {
      places.push({ from, to });
    }
  }
  return places;
};
