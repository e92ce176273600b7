const endMarks = 0xffff_fffa;
const entryBytes = 128;

/**
 * Whether every chain of a compound file ([MS-CFB]) comes to an end and no stream claims to be longer than the file: its
 * reader follows a damaged one until memory is gone.
 */
export const isSoundCompound = (buffer: Buffer): boolean => {
  try {
    const sectorBytes = 1 << buffer.readUInt16LE(30);
    if (sectorBytes !== 512 && sectorBytes !== 4_096) return false;
    const sector = (number: number): Buffer => {
      const start = (number + 1) * sectorBytes;
      if (start >= buffer.length) throw new RangeError("outside the file");
      return buffer.subarray(start, start + sectorBytes);
    };
    const table = Buffer.concat(tableSectors(buffer, sectorBytes, sector).map(sector));
    if (!ends(table)) return false;
    const chained = (first: number): Buffer => {
      const sectors: Buffer[] = [];
      for (let at = first; at < endMarks; at = table.readUInt32LE(at * 4)) sectors.push(sector(at));
      return Buffer.concat(sectors);
    };
    const hasMini = buffer.readUInt32LE(64) > 0;
    const miniTable = hasMini ? chained(buffer.readUInt32LE(60)) : Buffer.alloc(0);
    return ends(miniTable) && isSoundDirectory(chained(buffer.readUInt32LE(48)), buffer.length);
  } catch {
    return false;
  }
};

/** The sectors of the allocation table: 109 stand in the header, more in sectors of their own. */
const tableSectors = (buffer: Buffer, sectorBytes: number, sector: (number: number) => Buffer): number[] => {
  const count = buffer.readUInt32LE(44);
  if (count > buffer.length / sectorBytes) throw new RangeError("a table longer than the file");
  const numbers = Array.from({ length: Math.min(count, 109) }, (_, at) => buffer.readUInt32LE(76 + 4 * at));
  let next = buffer.readUInt32LE(68);
  while (numbers.length < count) {
    const more = sector(next);
    for (let at = 0; at < sectorBytes - 4 && numbers.length < count; at += 4) numbers.push(more.readUInt32LE(at));
    next = more.readUInt32LE(sectorBytes - 4);
  }
  return numbers;
};

/** Each entry names the next one of its chain; none may lead back to where it came from. */
const ends = (table: Buffer): boolean => {
  const length = table.length / 4;
  // The number of the walk that passed an entry first.
  const passed = new Uint32Array(length);
  for (let start = 0; start < length; start += 1) {
    for (let at = start; at < length && passed[at] === 0;) {
      passed[at] = start + 1;
      const next = table.readUInt32LE(at * 4);
      if (next < length && passed[next] === start + 1) return false;
      at = next;
    }
  }
  return true;
};

/** A tree: no entry is reached twice. */
const isSoundDirectory = (directory: Buffer, fileBytes: number): boolean => {
  const seen = new Set<number>();
  const waiting = [0];
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    const at = index * entryBytes;
    if (index >= endMarks) continue;
    if (seen.has(index) || at + entryBytes > directory.length || directory.readUInt32LE(at + 120) > fileBytes)
      return false;
    seen.add(index);
    waiting.push(directory.readUInt32LE(at + 68), directory.readUInt32LE(at + 72), directory.readUInt32LE(at + 76));
  }
  return true;
};
