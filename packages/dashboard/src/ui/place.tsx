import type { ReactNode } from "react";
import { useTexts } from "../texts/language.tsx";

interface PlaceProps {
  readonly name?: string;
  readonly page: number | null;
  readonly sheet?: string | null;
  readonly headingPath: readonly string[];
}

/** Where a passage stands: document, page or sheet, headings. */
export const Place = ({ name, page, sheet, headingPath }: PlaceProps): ReactNode => {
  const texts = useTexts();
  const parts = [
    name,
    page === null ? undefined : texts.page(page),
    sheet === null || sheet === undefined ? undefined : texts.sheet(sheet),
    headingPath.length > 0 ? headingPath.join(" › ") : undefined,
  ].filter((part) => part !== undefined);
  return <p className="place">{parts.join(" · ")}</p>;
};
