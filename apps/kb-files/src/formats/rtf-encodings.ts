import iconv from "iconv-lite";

/** Windows' character sets of fonts (`\fcharset`) that have a code page of their own. */
const charsets: Readonly<Record<number, string>> = {
  77: "macintosh",
  128: "shift_jis",
  129: "cp949",
  134: "gbk",
  136: "big5",
  161: "windows-1253",
  162: "windows-1254",
  163: "windows-1258",
  177: "windows-1255",
  178: "windows-1256",
  186: "windows-1257",
  204: "windows-1251",
  222: "windows-874",
  238: "windows-1250",
  255: "cp437",
};

/** Undefined: the document's own code page. */
export const charsetEncoding = (charset: number | undefined): string | undefined => charsets[charset ?? 0];

export const codePageEncoding = (codePage: number | undefined): string | undefined => {
  if (codePage === 65_001) return "utf-8";
  if (codePage === 10_000) return "macintosh";
  if (codePage === 10_007) return "maccyrillic";
  if (codePage === 20_866) return "koi8-r";
  return [`windows-${codePage}`, `cp${codePage}`].find((name) => iconv.encodingExists(name));
};
