import { SaxesParser } from "saxes";

export type XmlEvent =
  | { readonly kind: "open"; readonly name: string; readonly attributes: Readonly<Record<string, string>> }
  | { readonly kind: "close"; readonly name: string }
  | { readonly kind: "text"; readonly text: string };

/** Deepest nesting that is followed; real documents stay far below. */
export const maxXmlDepth = 500;

/**
 * XML as events, in batches, with names free of prefixes. DTDs are passed over: the only entities are XML's own five and
 * characters by number, so nothing is fetched and nothing expands.
 * @throws {Error} for what is not well-formed, an unknown entity, or nesting above `maxXmlDepth`
 */
export async function* xmlEvents(pieces: AsyncIterable<string>): AsyncGenerator<readonly XmlEvent[]> {
  let events: XmlEvent[] = [];
  let depth = 0;
  const parser = new SaxesParser({ position: false });
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    depth += 1;
    if (depth > maxXmlDepth) throw new RangeError(`XML nested deeper than ${maxXmlDepth} elements`);
    events.push({ kind: "open", name: localName(name), attributes: attributes as Record<string, string> });
  });
  parser.on("closetag", ({ name }) => {
    depth -= 1;
    events.push({ kind: "close", name: localName(name) });
  });
  const onText = (text: string): void => void events.push({ kind: "text", text });
  parser.on("text", onText);
  parser.on("cdata", onText);
  for await (const piece of pieces) {
    parser.write(piece);
    yield events;
    events = [];
  }
  parser.close();
  yield events;
}

const localName = (name: string): string => name.slice(name.indexOf(":") + 1);

/** XML's bytes as text: UTF-8, or UTF-16 with a mark; what office programs write. */
export async function* xmlText(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  for await (const piece of pieces) {
    decoder ??= new TextDecoder(wideMark(piece) ?? "utf-8", { fatal: true });
    yield decoder.decode(piece, { stream: true });
  }
  if (decoder !== undefined) yield decoder.decode();
}

const wideMark = ([first, second]: Uint8Array): string | undefined => {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
};
