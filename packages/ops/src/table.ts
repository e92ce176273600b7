/** Columns padded to their widest cell; the first is left-aligned, numbers to the right. */
export const renderTable = (header: readonly string[], rows: readonly (readonly (string | number)[])[]): string => {
  const all = [header, ...rows.map((row) => row.map(String))];
  const widths = header.map((_, column) => Math.max(...all.map((row) => [...(row[column] ?? "")].length)));
  const numeric = header.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"));
  const pad = (cell: string, column: number): string => {
    const space = " ".repeat((widths[column] ?? 0) - [...cell].length);
    return numeric[column] ? space + cell : cell + space;
  };
  return all.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
};

/** @example renderDuration(125_000) // "2 min 5 s" */
export const renderDuration = (ms: number): string => {
  const seconds = Math.round(ms / 1_000);
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};
