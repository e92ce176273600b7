import type { ReactNode } from "react";

export interface Range {
  /** Code points, half-open. */
  readonly charStart: number;
  readonly charEnd: number;
}

/** Cuts by code points, as every offset of the API counts; overlapping ranges are shown once. */
export const PassageText = ({
  text,
  marks,
}: {
  readonly text: string;
  readonly marks: readonly Range[];
}): ReactNode => {
  const points = Array.from(text);
  const pieces: ReactNode[] = [];
  let at = 0;
  for (const { charStart, charEnd } of marks.toSorted((a, b) => a.charStart - b.charStart)) {
    const [from, to] = [Math.max(charStart, at), Math.min(charEnd, points.length)];
    if (to <= from) continue;
    pieces.push(points.slice(at, from).join(""), <mark key={from}>{points.slice(from, to).join("")}</mark>);
    at = to;
  }
  pieces.push(points.slice(at).join(""));
  return <div className="passage-text">{pieces}</div>;
};
