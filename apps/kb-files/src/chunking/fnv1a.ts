/** 32-bit FNV-1a over UTF-16 units: cheap, and the same on every machine. */
export const fnv1a = (text: string, start: number, end: number): number => {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
};
