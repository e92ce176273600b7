import type { Block } from "../block.ts";
import { markdownTable } from "./markdown-table.ts";

/** What a paragraph is, by its control words. */
export interface RtfParagraph {
  readonly style?: number;
  /** 0 for the highest; 9 and above is body text. */
  readonly outline?: number;
  readonly listed?: boolean;
  readonly listLevel?: number;
  readonly inTable?: boolean;
}

/** Collects text into blocks as paragraphs, cells and rows end. */
export const makeRtfBlocks = () => {
  const blocks: Block[] = [];
  let text = "";
  let marker = "";
  let heading: number | undefined;
  let notes: string[] = [];
  let cells: string[] = [];
  let rows: string[][] = [];

  const endTable = (): void => {
    if (cells.length > 0) endRow();
    const table = markdownTable(rows);
    rows = [];
    if (table !== undefined) blocks.push(table);
  };
  const endRow = (): void => {
    if (cells.length > 0) rows.push(cells);
    cells = [];
  };
  const push = (paragraph: RtfParagraph): void => {
    const trimmed = text.trim();
    const last = blocks.at(-1);
    if (trimmed !== "" && heading !== undefined) blocks.push({ kind: "heading", text: trimmed, level: heading });
    else if (trimmed !== "" && (marker.trim() !== "" || paragraph.listed === true)) {
      const sign = /^\(?[\p{L}\d]+[.)]/u.exec(marker.trim())?.[0] ?? "-";
      const item = `${"  ".repeat(Math.min(paragraph.listLevel ?? 0, 8))}${sign} ${trimmed.replaceAll("\n", " ")}`;
      if (last?.kind === "list") blocks[blocks.length - 1] = { kind: "list", text: `${last.text}\n${item}` };
      else blocks.push({ kind: "list", text: item });
    } else if (trimmed !== "") blocks.push({ kind: "text", text: trimmed });
    for (const note of notes) if (note.trim() !== "") blocks.push({ kind: "text", text: note.trim() });
    text = "";
    marker = "";
    heading = undefined;
    notes = [];
  };
  return {
    text(piece: string, headingLevel: number | undefined): void {
      if (text === "") heading = headingLevel;
      text += piece;
    },
    /** The bullet or number of a list item, as the program wrote it. */
    marker: (piece: string): void => void (marker += piece),
    startNote: (): void => void notes.push(""),
    note: (piece: string): void => void (notes[notes.length - 1] = `${notes.at(-1) ?? ""}${piece}`),
    endParagraph(paragraph: RtfParagraph, headingLevel: number | undefined): void {
      if (paragraph.inTable === true) {
        text += " ";
        return;
      }
      if (rows.length > 0 || cells.length > 0) endTable();
      heading = text === "" ? undefined : (heading ?? headingLevel);
      push(paragraph);
    },
    endCell(): void {
      cells.push([marker.trim(), text.trim()].filter((part) => part !== "").join(" "));
      text = "";
      marker = "";
    },
    endRow,
    finish(): readonly Block[] {
      if (rows.length > 0 || cells.length > 0) endTable();
      push({});
      return blocks;
    },
  };
};
