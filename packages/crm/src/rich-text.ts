const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/** Notes that people format in their CRM: paragraphs and breaks become lines, the rest of the markup goes. */
export const textOfHtml = (html: string): string =>
  html
    .replaceAll(/<br\s*\/?>|<\/(?:p|div|li|h[1-6])>(?!\s*$)/giu, "\n")
    .replaceAll(/<[^>]*>/gu, "")
    .replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/giu, (whole, decimal: string, hex: string, name: string) => {
      const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
      if (Number.isInteger(code) && code <= 0x10_ff_ff) return String.fromCodePoint(code);
      return entities[(name ?? "").toLowerCase()] ?? whole;
    });

/** The same text as HTML: `textOfHtml` gives it back as it was. */
export const htmlOfText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\n", "<br>");
