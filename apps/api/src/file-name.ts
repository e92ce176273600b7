/** Longest name kept, in code points: what common file systems allow for ASCII. */
const maxNameLength = 255;

/**
 * The name a person gave a file, from what a multipart header carried.
 *
 * The header has no declared charset, so the parser hands over its bytes as Latin-1. Browsers and curl send UTF-8;
 * some programs send UTF-8 that was already mistaken for Latin-1 once; old Windows programs send Windows-1251.
 * The result is NFC (macOS sends "й" in two code points), without folders and control or direction-changing characters.
 */
export const decodeFileName = (raw: string): string => {
  const decoded = decodeUtf8(raw) ?? (looksLikeWindows1251(raw) ? decodeBytes(raw, "windows-1251") : raw);
  const unmangled = decodeUtf8(decoded) ?? decoded;
  const name = unmangled
    .normalize("NFC")
    .replace(/^.*[/\\]/s, "")
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/gu, "")
    .trim();
  return shorten(name) || "file";
};

/**
 * An object path's last part: real Supabase Storage refuses non-ASCII keys ("Invalid key"), so the name people see
 * lives in the row and the object is called `original` plus an extension that is plain ASCII, if there is one.
 */
export const storageName = (name: string): string => {
  const extension = /\.([a-z0-9]{1,10})$/i.exec(name)?.[1];
  return extension ? `original.${extension.toLowerCase()}` : "original";
};

const bytesOf = (latin1: string): Buffer => Buffer.from(latin1, "latin1");

const decodeBytes = (latin1: string, charset: string): string => new TextDecoder(charset).decode(bytesOf(latin1));

/** Undefined where the text is not Latin-1 or its bytes are not UTF-8. */
const decodeUtf8 = (text: string): string | undefined => {
  if (/[^\u0000-\u00ff]/.test(text)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytesOf(text));
  } catch {
    return undefined;
  }
};

/** Two adjacent Cyrillic letters: a French or German name has lone accented letters between ASCII ones. */
const looksLikeWindows1251 = (latin1: string): boolean =>
  !/[^\u0000-\u00ff]/.test(latin1) && /[\u00c0-\u00ff\u00a8\u00b8]{2}/.test(latin1);

/** Keeps the extension: the format is guessed from content first, but people recognise files by it. */
const shorten = (name: string): string => {
  const characters = [...name];
  if (characters.length <= maxNameLength) return name;
  const extension = [...(/\.[^.\s]{1,15}$/u.exec(name)?.[0] ?? "")];
  return [...characters.slice(0, maxNameLength - extension.length), ...extension].join("");
};
