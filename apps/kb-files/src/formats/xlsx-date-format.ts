const dayMs = 86_400_000;
/** Days recur in a sheet; so many different ones are remembered. */
const mostKnown = 10_000;

/**
 * Shows a day number by a section of a number format: `dd.mm.yyyy`, `[h]:mm`, `[$-419]d mmmm yyyy`. Undefined for what
 * is no moment: a negative or far too large number.
 */
export const dateFormat = (section: string, startsAt1904: boolean): ((value: number) => string | undefined) => {
  const tokens = dateTokens(section);
  const locale = localeOf(section);
  const hasDay = tokens.some((token) => /^d{1,2}$/.test(token));
  const has12Hours = tokens.some((token) => /^(am\/pm|a\/p)$/.test(token));
  const known = new Map<number, string>();
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) return before;
    const days = startsAt1904 ? value + 1_462 : value;
    // Excel's calendar has a 29 February 1900; before it, it is a day ahead.
    const epoch = Date.UTC(1899, 11, days < 60 ? 31 : 30);
    const smallest = tokens.some((token) => token.startsWith(".0")) ? 1 : 1_000;
    const date = new Date(epoch + Math.round((days * dayMs) / smallest) * smallest);
    if (value < 0 || !(date.getTime() < Date.UTC(10_000, 0))) return undefined;
    const shown = tokens
      .map((token) => dateToken(token, { date, days: value, locale, hasDay, has12Hours }))
      .join("")
      .trim();
    if (known.size < mostKnown) known.set(value, shown);
    return shown;
  };
};

/** Tokens in lower case; literals begin with a quote. `m` beside hours or seconds is minutes: `n`. */
const dateTokens = (section: string): string[] => {
  const pattern = /"[^"]*"|\\.|_.|\*.|\[(?:h+|m+|s+)\]|\[[^\]]*\]|am\/pm|a\/p|y+|m+|d+|h+|s+|\.0+|general|[\s\S]/giu;
  const tokens = [...section.matchAll(pattern)].flatMap(([token]) => {
    if (token.startsWith('"')) return [token.slice(0, -1)];
    if (token.startsWith("\\")) return [`"${token.slice(1)}`];
    if (/^(_|\*|\[(?!h|m|s))/i.test(token)) return [];
    return /^(\[|[ymdhs.]|am\/pm|a\/p)/i.test(token) ? [token.toLowerCase()] : [token === "@" ? "" : `"${token}`];
  });
  const clock = tokens.map((token, index) => ({ token, index })).filter(({ token }) => /^\[?[ymdhs]/.test(token));
  clock.forEach(({ token, index }, at) => {
    const nearHours = /h/.test(clock[at - 1]?.token ?? "") || /s/.test(clock[at + 1]?.token ?? "");
    if (/^m{1,2}$/.test(token) && nearHours) tokens[index] = token.replaceAll("m", "n");
  });
  return tokens;
};

/** Windows language numbers of the programs' users here; others get English names. */
const localeOf = (section: string): string => {
  const id = /\[\$[^\]-]*-([0-9A-F]+)\]/i.exec(section)?.[1] ?? "";
  const languages: Readonly<Record<string, string>> = {
    "19": "ru",
    "22": "uk",
    "23": "be",
    "07": "de",
    "0c": "fr",
    "3f": "kk",
  };
  return languages[id.slice(-2).toLowerCase()] ?? "en";
};

/** Making one takes as long as a hundred cells. */
const nameFormats = new Map<string, Intl.DateTimeFormat>();

const nameFormat = (locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  const key = JSON.stringify([locale, options]);
  const format = nameFormats.get(key) ?? new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
  nameFormats.set(key, format);
  return format;
};

const dateToken = (
  token: string,
  moment: {
    readonly date: Date;
    readonly days: number;
    readonly locale: string;
    readonly hasDay: boolean;
    readonly has12Hours: boolean;
  },
): string => {
  if (token.startsWith('"')) return token.slice(1);
  const { date, days, locale, hasDay, has12Hours } = moment;
  const two = (value: number): string => (token.length >= 2 ? String(value).padStart(2, "0") : String(value));
  const name = (options: Intl.DateTimeFormatOptions, type: "month" | "weekday"): string =>
    nameFormat(locale, options)
      .formatToParts(date)
      .find((part) => part.type === type)?.value ?? "";
  const elapsed = (unitMs: number): string =>
    String(Math.floor(Math.round(days * dayMs) / unitMs)).padStart(token.length - 2, "0");
  switch (token) {
    case "m":
    case "mm":
      return two(date.getUTCMonth() + 1);
    case "mmm":
      return name({ month: "short", ...(hasDay ? { day: "numeric" } : {}) }, "month").replace(/\.$/, "");
    case "mmmm":
    case "mmmmm":
      return name({ month: "long", ...(hasDay ? { day: "numeric" } : {}) }, "month");
    case "d":
    case "dd":
      return two(date.getUTCDate());
    case "ddd":
      return name({ weekday: "short" }, "weekday");
    case "dddd":
      return name({ weekday: "long" }, "weekday");
    case "h":
    case "hh":
      return two(has12Hours ? date.getUTCHours() % 12 || 12 : date.getUTCHours());
    case "n":
    case "nn":
      return two(date.getUTCMinutes());
    case "s":
    case "ss":
      return two(date.getUTCSeconds());
    case "am/pm":
    case "a/p":
      return date.getUTCHours() < 12 ? "AM" : "PM";
  }
  if (token.startsWith("[h")) return elapsed(3_600_000);
  if (token.startsWith("[m")) return elapsed(60_000);
  if (token.startsWith("[s")) return elapsed(1_000);
  if (token.startsWith("."))
    return `.${String(date.getUTCMilliseconds())
      .padStart(3, "0")
      .slice(0, token.length - 1)}`;
  return /^y{1,2}$/.test(token) ? String(date.getUTCFullYear() % 100).padStart(2, "0") : String(date.getUTCFullYear());
};
