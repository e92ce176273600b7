import { dateFormat } from "./xlsx-date-format.ts";
import type { Styles } from "./xlsx-parts.ts";

/** Formats that files name by number alone (ECMA-376 part 1, 18.8.30); 14 to 22 are the reader's own: ISO here. */
const builtIn: Readonly<Record<number, string>> = {
  1: "0",
  2: "0.00",
  3: "#,##0",
  4: "#,##0.00",
  9: "0%",
  10: "0.00%",
  11: "0.00E+00",
  14: "yyyy-mm-dd",
  15: "d-mmm-yy",
  16: "d-mmm",
  17: "mmm-yy",
  18: "h:mm AM/PM",
  19: "h:mm:ss AM/PM",
  20: "hh:mm",
  21: "hh:mm:ss",
  22: "yyyy-mm-dd hh:mm",
  37: "#,##0",
  38: "#,##0",
  39: "#,##0.00",
  40: "#,##0.00",
  45: "mm:ss",
  46: "[h]:mm:ss",
  47: "mm:ss.0",
  48: "0.0E+0",
};

/**
 * Numbers as Excel shows them, but for the thousands separator, which depends on the reader's country and splits
 * numbers that are searched for.
 */
export const makeCellFormats = ({ formatIds, formats }: Styles, startsAt1904: boolean) => {
  const known = new Map<number, (value: number) => string>();
  return (value: number, style: number): string => {
    const id = formatIds[style] ?? 0;
    let format = known.get(id);
    if (format === undefined) {
      format = compile(formats.get(id) ?? builtIn[id] ?? "General", startsAt1904);
      known.set(id, format);
    }
    return format(value);
  };
};

const compile = (code: string, startsAt1904: boolean): ((value: number) => string) => {
  const [positive = "General", negative, zero] = sectionsOf(code);
  const isDate = (section: string): boolean => /[ymdhs]/i.test(bare(section)) && !/general/i.test(bare(section));
  if (isDate(positive)) {
    const show = dateFormat(positive, startsAt1904);
    return (value) => show(value) ?? general(value);
  }
  const show = numberFormat(positive);
  const showZero = zero === undefined ? show : numberFormat(zero);
  const showNegative = negative === undefined ? undefined : numberFormat(negative);
  return (value) => {
    if (value === 0) return showZero(0);
    if (value > 0) return show(value);
    if (showNegative === undefined) return `-${show(-value)}`;
    const text = showNegative(-value);
    // A section in brackets or red alone would lose the sign.
    return text.startsWith("-") ? text : `-${text.replace(/^\((.*)\)$/, "$1")}`;
  };
};

/** Split at semicolons outside quotes; conditions and colours go. */
const sectionsOf = (code: string): string[] => code.match(/(?:"[^"]*"|\\.|[^;])+/g) ?? [];

/** What is left when literals, colours, conditions and fill characters are gone. */
const bare = (section: string): string =>
  section.replace(/\[(?:h+|m+|s+)\]/gi, "h").replace(/"[^"]*"|\\.|_.|\*.|\[[^\]]*\]/g, "");

const general = (value: number): string => {
  if (Number.isInteger(value) && Math.abs(value) < 1e11) return String(value);
  const text = String(Number(value.toPrecision(11)));
  return text.includes("e") ? text.toUpperCase() : text;
};

/** One section, read once for all the numbers it shows. */
const numberFormat = (section: string): ((value: number) => string) => {
  const pattern = bare(section);
  const digits = /[0#?][0#?,]*(?:\.([0#?]*))?(E[+-]0+)?/.exec(pattern);
  const shown = visible(section);
  if (digits === null) {
    return /general/i.test(pattern) || pattern.includes("@") ? general : () => shown.trim();
  }
  // A fraction like `# ?/?`.
  if (pattern.includes("/")) return general;
  const [, decimals = "", exponent] = digits;
  const factor = pattern.includes("%") ? 100 : 1;
  const most = Math.min(decimals.length, 20);
  if (exponent !== undefined) return (value) => (value * factor).toExponential(most).toUpperCase();
  // Commas behind the digits divide by thousands.
  const thousands = /[0#?](,+)(?:\.|[^0#?,]|$)/.exec(pattern)?.[1]?.length ?? 0;
  const least = decimals.replaceAll("#", "").length;
  const zeros = most > least ? new RegExp(`(\\.\\d{${least}}\\d*?)0+$`) : undefined;
  const leading = leadingZeros(digits[0]);
  const at = /[0#?][0#?,.]*/.exec(shown)?.index ?? 0;
  const place = /[0#?][0#?,]*(?:\.[0#?]*)?/.exec(shown)?.[0] ?? "";
  const [before, after] = [shown.slice(0, at), shown.slice(at + place.length)];
  return (value) => {
    const scaled = value * factor;
    if (scaled >= 1e21) return general(scaled);
    const fixed = roundTo(scaled / 1000 ** thousands, most);
    const trimmed = zeros === undefined ? fixed : fixed.replace(zeros, "$1").replace(/\.$/, "");
    const point = trimmed.indexOf(".");
    const padded = trimmed.padStart(leading + (point === -1 ? 0 : trimmed.length - point), "0");
    return `${before}${padded}${after}`.trim();
  };
};

/** Half away from zero, as Excel does on the decimal digits. */
const roundTo = (value: number, digits: number): string => {
  // Where no half is near, binary and decimal digits agree.
  const scaled = value * 10 ** digits;
  if (scaled < 1e9 && Math.abs(scaled - Math.floor(scaled) - 0.5) > 1e-5) return value.toFixed(digits);
  const shifted = Number(`${value.toPrecision(15)}e${digits}`);
  return Number.isFinite(shifted) && Math.abs(shifted) < 1e15 && !value.toPrecision(15).includes("e")
    ? (Math.round(shifted) / 10 ** digits).toFixed(digits)
    : value.toFixed(digits);
};

const leadingZeros = (digits: string): number => (digits.split(".")[0] ?? "").replaceAll(/[^0]/g, "").length;

/** The section with its literals in place and no colours, conditions, padding or fill; currencies as their sign. */
const visible = (section: string): string =>
  section
    .replace(/\[\$([^\]-]*)[^\]]*\]/g, '"$1"')
    .replace(/\[[^\]]*\]|_.|\*./g, "")
    .replace(/"([^"]*)"/g, (_, literal: string) => literal.replace(/[0#?]/g, ""))
    .replace(/\\(.)/g, "$1");
