import { SaxesParser } from "saxes";

/** What is done with XML while it is read, in its order. Names come without prefixes, attributes with theirs. */
export interface XmlHandler {
  readonly open?: (name: string, attributes: Readonly<Record<string, string>>) => void;
  readonly close?: (name: string) => void;
  /** Character data, CDATA as well; one run of it may come in several pieces. */
  readonly text?: (text: string) => void;
}

/** Deepest nesting that is followed; real documents stay far below. */
export const maxXmlDepth = 500;

/**
 * Reads XML piece by piece. DTDs are passed over: the only entities are XML's own five and characters by number, so nothing
 * is fetched and nothing expands.
 * @throws {Error} for what is not well-formed, an unknown entity, or nesting above `maxXmlDepth`
 */
export const makeXmlReader = (handler: XmlHandler, maxDepth = maxXmlDepth) => {
  let depth = 0;
  const parser = new SaxesParser({ position: false });
  parser.on("opentag", ({ name, attributes }) => {
    depth += 1;
    if (depth > maxDepth) throw new RangeError(`XML nested deeper than ${maxDepth} elements`);
    handler.open?.(localName(name), attributes as Record<string, string>);
  });
  parser.on("closetag", ({ name }) => {
    depth -= 1;
    handler.close?.(localName(name));
  });
  if (handler.text !== undefined) {
    parser.on("text", handler.text);
    parser.on("cdata", handler.text);
  }
  return {
    write: (text: string): void => void parser.write(text),
    close: (): void => void parser.close(),
  };
};

const localName = (name: string): string => name.slice(name.indexOf(":") + 1);

/** A part of an archive, from its bytes: UTF-8, or UTF-16 with a mark; what office programs write. */
export const readXmlBytes = async (pieces: AsyncIterable<Uint8Array>, handler: XmlHandler): Promise<void> => {
  const reader = makeXmlReader(handler);
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  for await (const piece of pieces) {
    decoder ??= new TextDecoder(wideMark(piece) ?? "utf-8", { fatal: true });
    reader.write(decoder.decode(piece, { stream: true }));
  }
  // A part that is not there has nothing to say.
  if (decoder === undefined) return;
  reader.write(decoder.decode());
  reader.close();
};

const wideMark = ([first, second]: Uint8Array): string | undefined => {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
};

/** `<?xml encoding="…"?>`, as far as ASCII shows it. */
export const declaredEncoding = (bytes: Uint8Array): string | undefined => {
  const start = Buffer.from(bytes.subarray(0, 200)).toString("latin1");
  return /^\s*<\?xml[^>]+encoding\s*=\s*["']([\w-]+)["']/i.exec(start)?.[1];
};
