import type { Document } from "@gpt-agent/client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import { linkTo } from "../route.ts";
import { useLanguage } from "../texts/language.tsx";
import { ProgressBar } from "../ui/progress-bar.tsx";
import { DocumentState, isMoving } from "./document-state.tsx";

const rowHeight = 68;

interface ListProps {
  readonly rows: readonly Document[];
  readonly hasMore: boolean;
  readonly loadMore: () => void;
}

/** Draws only the rows in sight, and asks for more before the end is reached. */
export const DocumentList = ({ rows, hasMore, loadMore }: ListProps): ReactNode => {
  const { texts } = useLanguage();
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const lastInSight = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && rows.length > 0 && lastInSight > rows.length - 60) loadMore();
  }, [hasMore, lastInSight, rows.length, loadMore]);

  /** Arrow keys go from row to row, also to rows that are not drawn yet. */
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const index = Number((event.target as HTMLElement).closest("li")?.dataset["index"] ?? Number.NaN);
    const next = index + step;
    if (step === 0 || Number.isNaN(index) || next < 0 || next >= rows.length) return;
    event.preventDefault();
    virtual.scrollToIndex(next);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"] a`)?.focus());
  };

  return (
    <div ref={scroller} className="scroller" tabIndex={0} role="region" aria-label={texts.documents.list}>
      <ul className="rows" style={{ height: virtual.getTotalSize() }} onKeyDown={onKeyDown}>
        {items.map(({ index, start }) => {
          const row = rows[index];
          return (
            row && (
              <li
                key={row.id}
                data-index={index}
                aria-setsize={hasMore ? -1 : rows.length}
                aria-posinset={index + 1}
                style={{ transform: `translateY(${start}px)`, height: rowHeight }}
              >
                <DocumentRow row={row} />
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
};

const DocumentRow = ({ row }: { readonly row: Document }): ReactNode => {
  const { texts, formats } = useLanguage();
  return (
    <a className="document-row" href={linkTo("documents", row.id)}>
      <span className="name">{row.name}</span>
      <DocumentState state={row.state} />
      <span className="quiet details">
        {isMoving(row) ? (
          <ProgressBar share={row.progress} label={`${row.name}: ${texts.documents.states[row.state]}`} />
        ) : (
          (row.error?.message ??
          `${formats.bytes(row.byteSize)} · ${formats.moment(row.createdAt)} · ${formats.usd(row.cost.usd)}`)
        )}
      </span>
    </a>
  );
};
