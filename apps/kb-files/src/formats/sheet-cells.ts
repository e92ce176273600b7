/** A row as a spreadsheet shows it. Cells are single lines; what is beyond the last filled one may be missing. */
export interface SheetRow {
  /** 1-based, as the program numbers it. */
  readonly number: number;
  readonly cells: readonly string[];
}

const isUneven = /[^\S ]|  |^ | $/;

export const singleLine = (cell: string): string => (isUneven.test(cell) ? cell.replace(/\s+/g, " ").trim() : cell);

export const countFilled = (cells: readonly string[]): number => {
  let count = 0;
  for (const cell of cells) if (cell !== "") count += 1;
  return count;
};

/** Names of columns: words or years. */
export const isHeaderLike = (cells: readonly string[]): boolean =>
  cells.every((cell) => !isNumber(cell) || /^(19|20|21)\d\d$/.test(cell)) &&
  cells.some((cell) => cell !== "" && !isNumber(cell));

export const isNumber = (cell: string): boolean => /^[-+−(]?[$€£₽]?\s?\d[\d\s.,']*\s?[%)₽€$]?$/u.test(cell);

/** 0 is A, 26 is AA. */
export const letters = (column: number): string =>
  (column >= 26 ? letters(Math.floor(column / 26) - 1) : "") + String.fromCharCode(65 + (column % 26));
