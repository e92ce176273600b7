import { literal, type LiteralFinder } from "./literal.ts";

const emailPattern =
  /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}][\p{L}\p{N}._%+-]{0,63}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){0,4}\.\p{L}{2,24}/gu;

const emails: LiteralFinder = function* (text) {
  for (const match of text.matchAll(emailPattern)) yield literal("email", match, match[0].toLowerCase());
};

// Without a scheme only under top-level domains that are no file endings or words of a sentence.
const domains = "ru|рф|su|com|org|net|io|ai|kz|by|uz|de|eu|fr|uk|pl|it|es|nl|info|biz|pro";
const urlPattern = new RegExp(
  String.raw`(?<![\p{L}\p{N}@._/-])(?:https?://[^\s<>"'«»]{1,500}|www\.[^\s<>"'«»]{1,500}|(?:[\p{L}\p{N}-]{2,63}\.){1,3}(?:${domains})(?![\p{L}\p{N}-]|\.\p{L}|@)(?:/[^\s<>"'«»]{0,500})?)`,
  "giu",
);

const urls: LiteralFinder = function* (text) {
  for (const match of text.matchAll(urlPattern)) {
    const url = match[0].replace(/[.,;:!?)\]}…]+$/u, "");
    const [host = "", ...path] = url
      .replace(/^https?:\/\//i, "")
      .replace(/[?#].*$/s, "")
      .split("/");
    const rest = path.filter((part) => part !== "").join("/");
    const site = host.toLowerCase().replace(/^www\./, "");
    // A scheme alone, or "www.": no address.
    if (!site.includes(".") && !/^https?:/i.test(url)) continue;
    if (site !== "") yield literal("url", match, rest === "" ? site : `${site}/${rest}`, url.length);
  }
};

const phonePatterns = [
  /(?<![\p{L}\p{N}+])\+\d{1,3}[ \u00A0.-]?(?:\(\d{1,5}\)|\d{1,5})(?:[ \u00A0.-]?\d{1,4}){2,5}(?!\d)/gu,
  /(?<![\p{L}\p{N}+.-])8[ \u00A0-]?\(?\d{3,5}\)?[ \u00A0-]?\d{1,3}[ \u00A0-]?\d{2}[ \u00A0-]?\d{2}(?![\p{N}-])/gu,
  /(?<=(?:тел|телефон|phone|tel|моб|факс)[а-яa-z]{0,3}\.?:?[ \u00A0]?)\(?\d{3,5}\)?[ \u00A0-]?\d{2,3}[ \u00A0-]?\d{2}[ \u00A0-]?\d{2}(?!\d)/giu,
];

const phones: LiteralFinder = function* (text) {
  for (const pattern of phonePatterns) {
    for (const match of text.matchAll(pattern)) {
      const digits = match[0].replaceAll(/\D/g, "");
      if (digits.length < 9 || digits.length > 15) continue;
      // Inside Russia a call begins with 8, from abroad with +7.
      const isDomestic = !match[0].startsWith("+") && digits.length === 11 && digits.startsWith("8");
      const isBare = !match[0].startsWith("+") && digits.length === 10;
      const number = isDomestic ? `7${digits.slice(1)}` : isBare ? `7${digits}` : digits;
      yield literal("phone", match, `+${number}`);
    }
  }
};

/** E-mail first: what stands behind its @ is no site. */
export const addresses: readonly LiteralFinder[] = [emails, urls, phones];
