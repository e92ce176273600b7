export interface Formats {
  readonly count: (value: number) => string;
  readonly usd: (value: number) => string;
  readonly bytes: (value: number) => string;
  /** From milliseconds, in the largest unit that fits. */
  readonly duration: (ms: number) => string;
  readonly moment: (iso: string) => string;
  readonly date: (iso: string) => string;
}

const unit = (language: string, name: string, digits: number): ((value: number) => string) => {
  const format = new Intl.NumberFormat(language, {
    style: "unit",
    unit: name,
    unitDisplay: "short",
    maximumFractionDigits: digits,
  });
  return (value) => format.format(value);
};

export const makeFormats = (language: string): Formats => {
  const count = new Intl.NumberFormat(language);
  const usd = new Intl.NumberFormat(language, { style: "currency", currency: "USD", maximumFractionDigits: 4 });
  const moment = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "medium" });
  const date = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
  const [bytes, kilobytes, megabytes] = [
    unit(language, "byte", 0),
    unit(language, "kilobyte", 1),
    unit(language, "megabyte", 1),
  ];
  const [ms, seconds, minutes, hours] = [
    unit(language, "millisecond", 0),
    unit(language, "second", 1),
    unit(language, "minute", 1),
    unit(language, "hour", 1),
  ];
  return {
    count: (value) => count.format(value),
    usd: (value) => usd.format(value),
    bytes: (value) =>
      value < 1_000 ? bytes(value) : value < 1_000_000 ? kilobytes(value / 1_000) : megabytes(value / 1_000_000),
    duration: (value) => {
      if (value < 1_000) return ms(Math.max(value, 0));
      if (value < 60_000) return seconds(value / 1_000);
      return value < 3_600_000 ? minutes(value / 60_000) : hours(value / 3_600_000);
    },
    moment: (iso) => moment.format(new Date(iso)),
    date: (iso) => date.format(new Date(iso)),
  };
};
