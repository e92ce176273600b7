import { access } from "./cases/access.ts";
import { calling } from "./cases/calling.ts";
import { embedding } from "./cases/embedding.ts";
import { filtering } from "./cases/filtering.ts";
import { reading } from "./cases/reading.ts";
import { storing } from "./cases/storing.ts";
import { writing } from "./cases/writing.ts";
import type { ConformanceCase } from "./target.ts";

/**
 * What supabase-js may count on, by PostgREST's and Supabase's documentation; one list for every target, so that the
 * local server cannot pass by agreeing with itself. Each case stands alone, on rows and buckets of its own.
 */
export const conformanceCases: readonly ConformanceCase[] = [
  ...reading,
  ...filtering,
  ...embedding,
  ...writing,
  ...calling,
  ...access,
  ...storing,
];
