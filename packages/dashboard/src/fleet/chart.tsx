import { type ReactNode, useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

interface Line {
  readonly label: string;
  /** A custom property of the style sheet. */
  readonly colour: string;
  readonly values: readonly number[];
}

interface ChartProps {
  readonly title: string;
  /** Unix seconds. */
  readonly at: readonly number[];
  readonly lines: readonly Line[];
}

const height = 150;

/** Lines over time; what they say last is also said in words. */
export const Chart = ({ title, at, lines }: ChartProps): ReactNode => {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const data: uPlot.AlignedData = [[...at], ...lines.map(({ values }) => [...values])];

  useEffect(() => {
    const container = frame.current;
    if (!container) return;
    const colour = (name: string): string => getComputedStyle(container).getPropertyValue(name).trim();
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 } };
    const options: uPlot.Options = {
      width: container.clientWidth,
      height,
      legend: { show: false },
      cursor: { show: false },
      axes: [axis, { ...axis, size: 44 }],
      scales: { y: { range: (_, __, most) => [0, Math.max(most, 1)] } },
      series: [
        {},
        ...lines.map(({ label, colour: name }) => ({
          label,
          stroke: colour(name),
          width: 2,
          points: { show: at.length < 3 },
        })),
      ],
    };
    const made = new uPlot(options, data, container);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: container.clientWidth, height }));
    observer.observe(container);
    return () => {
      observer.disconnect();
      made.destroy();
    };
    // What is drawn anew with each answer is the data alone.
  }, [title]);
  useEffect(() => plot.current?.setData(data), [at.length, at.at(-1)]);

  const said = lines.map(({ label, values }) => `${label} ${values.at(-1) ?? 0}`).join(", ");
  return (
    <figure className="chart">
      <figcaption className="quiet">
        {title} ({lines.map(({ label }) => label).join(", ")})
      </figcaption>
      <div ref={frame} role="img" aria-label={`${title}: ${said}`} />
    </figure>
  );
};
