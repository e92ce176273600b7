import type { ReactNode } from "react";

/** @param share 0 to 1 */
export const ProgressBar = ({ share, label }: { readonly share: number; readonly label: string }): ReactNode => (
  <progress className="bar" max={100} value={Math.round(share * 100)} aria-label={label} />
);
