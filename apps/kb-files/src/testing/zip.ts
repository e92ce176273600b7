import { crc32, deflateRawSync } from "node:zlib";

/** A zip with one deflated entry per given name; `mimetype` is stored, as OpenDocument and EPUB want it. */
export const zip = (entries: Readonly<Record<string, Buffer>>): Buffer => {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [text, data] of Object.entries(entries)) {
    const name = Buffer.from(text);
    const isStored = text === "mimetype";
    const packed = isStored ? data : deflateRawSync(data, { level: 9 });
    const header = Buffer.alloc(26);
    header.writeUInt16LE(20, 0);
    // Names are UTF-8.
    header.writeUInt16LE(0x800, 2);
    header.writeUInt16LE(isStored ? 0 : 8, 4);
    header.writeUInt32LE(crc32(data), 10);
    header.writeUInt32LE(packed.length, 14);
    header.writeUInt32LE(data.length, 18);
    header.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\u0003\u0004"), header, name, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\u0001\u0002\u0014\u0000"), header, tail, name]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, central, Buffer.from("PK\u0005\u0006"), end]);
};
