import { parseArgs } from "node:util";
import { type Case, measure, type Result } from "./measure.ts";
import { apiOverhead, apiOverheadP99 } from "./cases/api/overhead.ts";
import { backfills } from "./cases/backfill/backfill.ts";
import { deliverIsolation } from "./cases/deliver/isolation.ts";
import { deliverThroughput } from "./cases/deliver/throughput.ts";
import { embeddingBudget } from "./cases/embedding/budget.ts";
import { fairness } from "./cases/embedding/fairness.ts";
import { embeddingPipelines } from "./cases/embedding/pipeline.ts";
import { extractCorpus } from "./cases/extract-corpus.ts";
import { extractMemory } from "./cases/extract-memory.ts";
import { graphCases } from "./cases/graph/graph.ts";
import { inboundLatency, inboundSaturation } from "./cases/inbound/inbound.ts";
import { bombMemory, bombTime, hostile } from "./cases/extract/bombs.ts";
import { eventLoop } from "./cases/extract/event-loop.ts";
import { extractWrappers } from "./cases/extract/extract-wrapper.ts";
import { limitWindows } from "./cases/limits/limit-window.ts";
import { guardedRequest } from "./cases/guarded-request.ts";
import { searchLarge } from "./cases/search/search-100k.ts";
import { vectorCopy } from "./cases/search/vector-copy.ts";
import { searchWhileStoring, storeVectors } from "./cases/vectors.ts";
import { wrapper } from "./cases/wrapper.ts";

const cases: readonly Case[] = [
  storeVectors,
  searchWhileStoring,
  ...searchLarge,
  vectorCopy,
  ...embeddingPipelines,
  embeddingBudget,
  ...fairness,
  wrapper,
  apiOverhead,
  apiOverheadP99,
  guardedRequest,
  extractMemory,
  extractCorpus,
  ...extractWrappers,
  bombTime,
  bombMemory,
  hostile,
  eventLoop,
  ...graphCases,
  ...limitWindows,
  ...backfills,
  inboundLatency,
  inboundSaturation,
  deliverThroughput,
  deliverIsolation,
];

const usage = `pnpm bench [--only NAME] [--smoke] [--minutes N] [--json]
  Measures ours and a baseline in the same run, in turns; figures are medians.
  --only NAME   that case, or all whose names begin so: ${cases.map(({ name }) => name).join(", ")}
  --smoke       small and short: shows that every case runs; its figures mean little and fail nothing
  --minutes N   crm-limit-*, crm-backfill-*: one round of N minutes in real time; otherwise ten windows, of crm-limit-* in scaled time
  --json        the results as one JSON array`;

const format = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

const line = (result: Result, smoke: boolean): string =>
  [
    smoke ? "ran  " : result.holds ? "holds" : "FALLS SHORT",
    `${result.name}: ${format(result.ours)} ${result.unit}`,
    `${result.baselineName} ${format(result.baseline)}`,
    `ratio ${result.ratio.toFixed(2)} (${result.ratioRange.map((ratio) => ratio.toFixed(2)).join("–")})`,
    `goal ${result.goal}`,
  ].join("  ");

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    smoke: { type: "boolean", default: false },
    minutes: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const chosen = cases.filter(
  ({ name }) => values.only === undefined || name === values.only || name.startsWith(`${values.only}-`),
);
if (values.help || chosen.length === 0) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}

const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
const results: Result[] = [];
for (const bench of chosen) {
  const result = await measure(bench, {
    smoke: values.smoke,
    minutes,
    rounds: values.smoke || minutes !== undefined ? 1 : 5,
  });
  results.push(result);
  if (!values.json) console.log(line(result, values.smoke));
}
if (values.json) console.log(JSON.stringify(results, undefined, 2));
else if (values.smoke) console.log(`\n${results.length} passed, 0 failed`);
else console.log(`\n${results.filter(({ holds }) => holds).length} of ${results.length} goals hold`);
