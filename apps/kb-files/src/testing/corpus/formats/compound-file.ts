/** A folder of streams and folders. */
export interface Storage {
  readonly [name: string]: Buffer | Storage;
}

interface Entry {
  readonly name: string;
  readonly content: Buffer | undefined;
  children: number[];
}

const sectorBytes = 512;
const miniBytes = 64;
const miniLimit = 4_096;
const [none, endOfChain, tableSector] = [0xffff_ffff, 0xffff_fffe, 0xffff_fffd];

/** A compound file, version 3 ([MS-CFB]): small streams in 64-byte pieces, a directory whose siblings are a chain. */
export const compoundFile = (root: Storage): Buffer => {
  const entries: Entry[] = [];
  const add = (name: string, node: Buffer | Storage): number => {
    const entry: Entry = { name, content: Buffer.isBuffer(node) ? node : undefined, children: [] };
    const index = entries.push(entry) - 1;
    // The order of the directory: by length of the name, then by letters.
    const names = Buffer.isBuffer(node)
      ? []
      : Object.keys(node).toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
    for (const each of names) entry.children.push(add(each, (node as Storage)[each] ?? Buffer.alloc(0)));
    return index;
  };
  add("Root Entry", root);

  const sectors: Buffer[] = [];
  const table: number[] = [];
  const chain = (bytes: Buffer): number => {
    if (bytes.length === 0) return endOfChain;
    const first = sectors.length;
    for (let at = 0; at < bytes.length; at += sectorBytes) {
      const sector = Buffer.alloc(sectorBytes);
      bytes.copy(sector, 0, at, at + sectorBytes);
      sectors.push(sector);
      table.push(at + sectorBytes >= bytes.length ? endOfChain : sectors.length);
    }
    return first;
  };
  const mini: Buffer[] = [];
  const miniTable: number[] = [];
  const miniChain = (bytes: Buffer): number => {
    if (bytes.length === 0) return endOfChain;
    const first = mini.length;
    for (let at = 0; at < bytes.length; at += miniBytes) {
      const piece = Buffer.alloc(miniBytes);
      bytes.copy(piece, 0, at, at + miniBytes);
      mini.push(piece);
      miniTable.push(at + miniBytes >= bytes.length ? endOfChain : mini.length);
    }
    return first;
  };
  const starts = entries.map(({ content }) =>
    content === undefined ? 0 : content.length < miniLimit ? miniChain(content) : chain(content),
  );
  const miniStream = Buffer.concat(mini);
  const miniStart = chain(miniStream);
  const miniTableStart = chain(words(miniTable));
  const directory = Buffer.concat(entries.map((entry, index) => directoryEntry(entry, index, starts, entries)));
  directory.writeUInt32LE(miniStart, 116);
  directory.writeUInt32LE(miniStream.length, 120);
  const directoryStart = chain(directory);

  let tableSectors = 0;
  while (tableSectors * (sectorBytes / 4) < sectors.length + tableSectors) tableSectors += 1;
  const tableStart = sectors.length;
  for (let at = 0; at < tableSectors; at += 1) table.push(tableSector);
  const tableBytes = words(table, tableSectors * sectorBytes);

  const header = Buffer.alloc(sectorBytes);
  Buffer.from("d0cf11e0a1b11ae1", "hex").copy(header);
  const numbers: readonly (readonly [at: number, value: number])[] = [
    [44, tableSectors],
    [48, directoryStart],
    [56, miniLimit],
    [60, miniTable.length === 0 ? endOfChain : miniTableStart],
    [64, Math.ceil((miniTable.length * 4) / sectorBytes)],
    [68, endOfChain],
  ];
  for (const [at, value] of numbers) header.writeUInt32LE(value, at);
  for (let at = 0; at < 109; at += 1) header.writeUInt32LE(at < tableSectors ? tableStart + at : none, 76 + 4 * at);
  for (const [at, value] of [
    [24, 0x3e],
    [26, 3],
    [28, 0xfffe],
    [30, 9],
    [32, 6],
  ] as const)
    header.writeUInt16LE(value, at);
  return Buffer.concat([header, ...sectors, tableBytes]);
};

const words = (values: readonly number[], bytes = values.length * 4): Buffer => {
  const buffer = Buffer.alloc(Math.ceil(bytes / sectorBytes) * sectorBytes, 0xff);
  for (const [at, value] of values.entries()) buffer.writeUInt32LE(value, at * 4);
  return buffer;
};

const directoryEntry = (entry: Entry, index: number, starts: readonly number[], all: readonly Entry[]): Buffer => {
  const bytes = Buffer.alloc(128);
  const nameBytes = bytes.write(entry.name, 0, 62, "utf16le");
  bytes.writeUInt16LE(nameBytes + 2, 64);
  bytes[66] = index === 0 ? 5 : entry.content === undefined ? 1 : 2;
  bytes[67] = 1;
  const siblings = all.find(({ children }) => children.includes(index))?.children ?? [];
  bytes.writeUInt32LE(none, 68);
  bytes.writeUInt32LE(siblings[siblings.indexOf(index) + 1] ?? none, 72);
  bytes.writeUInt32LE(entry.children[0] ?? none, 76);
  bytes.writeUInt32LE(starts[index] ?? 0, 116);
  bytes.writeUInt32LE(entry.content?.length ?? 0, 120);
  return bytes;
};
