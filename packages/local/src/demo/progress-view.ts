import { basename } from "node:path";
import type { DemoDocument } from "./api-client.ts";

/** A terminal, or whatever else takes the text. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows how far each file is: bars that move on a terminal, a line per change elsewhere. */
export interface ProgressView {
  show(file: string, document: DemoDocument): void;
  refused(file: string, reason: string): void;
}

const barWidth = 16;

const bar = (share: number): string => {
  const filled = Math.round(Math.min(Math.max(share, 0), 1) * barWidth);
  return "█".repeat(filled) + "░".repeat(barWidth - filled);
};

const stateText = ({ state, graphState, counts, error }: DemoDocument): string => {
  if (error !== null) return `${state}: ${error.message}`;
  const chunks = counts.chunks > 0 ? `, ${counts.embedded}/${counts.chunks} chunks` : "";
  const found = graphState === "ready" ? `: ${counts.entities} entities, ${counts.edges} relations` : ` ${graphState}`;
  return `${state}${chunks}${counts.chunks > 0 ? `, graph${found}` : ""}`;
};

const makeBars = (output: Output, files: readonly string[]): ProgressView => {
  const width = Math.max(...files.map((file) => basename(file).length));
  const rows = new Map(files.map((file) => [file, { share: 0, text: "uploading" }]));
  let drawn = false;
  const draw = (): void => {
    const columns = output.columns ?? 120;
    const lines = [...rows].map(([file, { share, text }]) => {
      const line = `  ${basename(file).padEnd(width)}  ${bar(share)} ${String(Math.round(share * 100)).padStart(3)} %  ${text}`;
      // A line that wraps would break the count of lines to go up.
      return `\u001B[2K${line.slice(0, columns - 1)}\n`;
    });
    output.write((drawn ? `\u001B[${lines.length}A` : "") + lines.join(""));
    drawn = true;
  };
  draw();
  return {
    show: (file, document) => {
      rows.set(file, { share: document.progress, text: stateText(document) });
      draw();
    },
    refused: (file, reason) => {
      rows.set(file, { share: 0, text: `refused: ${reason}` });
      draw();
    },
  };
};

const makeLines = (output: Output): ProgressView => {
  const last = new Map<string, string>();
  const print = (file: string, text: string): void => {
    if (last.get(file) === text) return;
    last.set(file, text);
    output.write(`  ${basename(file)}: ${text}\n`);
  };
  return {
    show: (file, document) => print(file, stateText(document)),
    refused: (file, reason) => print(file, `refused: ${reason}`),
  };
};

/** @param files paths, in the order in which they are shown */
export const makeProgressView = (output: Output, files: readonly string[]): ProgressView =>
  output.isTTY === true ? makeBars(output, files) : makeLines(output);
