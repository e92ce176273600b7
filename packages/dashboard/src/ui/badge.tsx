import type { ReactNode } from "react";

export type Tone = "good" | "bad" | "busy" | "warn" | "idle";

/** A state in a word; the colour only repeats it. */
export const Badge = ({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }): ReactNode => (
  <span className={`badge ${tone}`}>{children}</span>
);
