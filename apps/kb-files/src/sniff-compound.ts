const entryBytes = 128;
const none = 0xffff_fffa;

/**
 * Names of the streams and folders at the root of a compound file ([MS-CFB] 2.6): they say which program wrote it. What
 * lies deeper, an attached Word document for instance, does not count.
 * @returns undefined where the directory cannot be followed
 */
export const rootEntryNames = (buffer: Buffer): readonly string[] | undefined => {
  try {
    const directory = readDirectory(buffer);
    const names: string[] = [];
    const seen = new Set<number>();
    const waiting = [directory.readUInt32LE(76)];
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      const at = index * entryBytes;
      if (index >= none || seen.has(index) || at + entryBytes > directory.length) continue;
      seen.add(index);
      const nameBytes = Math.min(Math.max(directory.readUInt16LE(at + 64) - 2, 0), 62);
      names.push(directory.toString("utf16le", at, at + nameBytes));
      waiting.push(directory.readUInt32LE(at + 68), directory.readUInt32LE(at + 72));
    }
    return names;
  } catch {
    return undefined;
  }
};

const readDirectory = (buffer: Buffer): Buffer => {
  const sectorBytes = 1 << buffer.readUInt16LE(30);
  if (sectorBytes !== 512 && sectorBytes !== 4_096) throw new RangeError("sector size");
  const entriesPerSector = sectorBytes / 4;
  const sector = (number: number): Buffer => {
    const start = (number + 1) * sectorBytes;
    if (start + entryBytes > buffer.length) throw new RangeError("sector outside the file");
    return buffer.subarray(start, start + sectorBytes);
  };
  // The first 109 sectors of the allocation table stand in the header: 7 MB of file, and the directory comes early.
  const next = (number: number): number => {
    const tableSector = buffer.readUInt32LE(76 + 4 * Math.floor(number / entriesPerSector));
    return sector(tableSector).readUInt32LE(4 * (number % entriesPerSector));
  };
  const sectors: Buffer[] = [];
  for (let number = buffer.readUInt32LE(48); number < none && sectors.length < 4_096; number = next(number)) {
    sectors.push(sector(number));
    // Beyond the table's part in the header the chain cannot be followed; what is known has to do.
    if (Math.floor(number / entriesPerSector) >= 109) break;
  }
  return Buffer.concat(sectors);
};
