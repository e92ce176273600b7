/** A benchmark's figures: ours and a baseline, measured in the same run, round by round. */
export interface Result {
  readonly name: string;
  /** Medians over the rounds. */
  readonly ours: number;
  readonly baseline: number;
  readonly baselineName: string;
  readonly unit: string;
  /** Median of the rounds' own ratios ours ÷ baseline: the machine's mood cancels out within a round. */
  readonly ratio: number;
  readonly ratioRange: readonly [number, number];
  readonly goal: string;
  readonly holds: boolean;
  readonly rounds: readonly Round[];
}

export interface Round {
  readonly ours: number;
  readonly baseline: number;
}

interface Goal {
  readonly text: string;
  readonly holds: (figures: { readonly ours: number; readonly ratio: number }) => boolean;
}

export interface Size {
  readonly smoke: boolean;
  /** For cases that can: one long round in real time. */
  readonly minutes?: number | undefined;
}

export interface Case {
  readonly name: string;
  readonly unit: string;
  readonly baselineName: string;
  readonly goal: Goal;
  /** Builds what the rounds need; a round returns one figure in `unit`. */
  readonly prepare: (options: Size) => Promise<Prepared>;
}

interface Prepared {
  readonly ours: () => Promise<number>;
  readonly baseline: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** The q-quantile (0 … 1) by linear interpolation. @throws {RangeError} without values. */
export const quantile = (values: readonly number[], q: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const low = sorted[Math.floor(position)];
  const high = sorted[Math.ceil(position)];
  if (low === undefined || high === undefined) throw new RangeError("quantile of no values");
  return low + (high - low) * (position - Math.floor(position));
};

const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Runs ours and the baseline in turns, who begins alternating, after one round of each that does not count. */
export const measure = async (bench: Case, options: Size & { readonly rounds: number }): Promise<Result> => {
  const prepared = await bench.prepare(options);
  try {
    const rounds: Round[] = [];
    for (let index = -1; index < options.rounds; index += 1) {
      let ours: number;
      let baseline: number;
      if (index % 2 === 0) {
        ours = await prepared.ours();
        baseline = await prepared.baseline();
      } else {
        baseline = await prepared.baseline();
        ours = await prepared.ours();
      }
      if (index >= 0) rounds.push({ ours, baseline });
    }
    return summarize(bench, rounds);
  } finally {
    await prepared.close();
  }
};

export const summarize = (bench: Omit<Case, "prepare">, rounds: readonly Round[]): Result => {
  const { name, unit, baselineName, goal } = bench;
  const ratios = rounds.map((round) => round.ours / round.baseline);
  const ours = median(rounds.map((round) => round.ours));
  const ratio = median(ratios);
  return {
    name,
    ours,
    baseline: median(rounds.map((round) => round.baseline)),
    baselineName,
    unit,
    ratio,
    ratioRange: [Math.min(...ratios), Math.max(...ratios)],
    goal: goal.text,
    holds: goal.holds({ ours, ratio }),
    rounds,
  };
};
