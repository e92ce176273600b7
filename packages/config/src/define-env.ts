import type { Fragment } from "./fragment.ts";
import { egressEnv } from "./fragments/egress.ts";
import { runtimeEnv } from "./fragments/runtime.ts";
import type { Variable } from "./variable.ts";

export type Fragments = Readonly<Record<string, Fragment>>;

/** An app's environment: its fragments, by the name under which the app reads them. */
export interface EnvDefinition<F extends Fragments = Fragments> {
  readonly fragments: F;
}

/** What `loadEnv` returns for a definition. */
export type EnvOf<D extends EnvDefinition> = {
  readonly [K in keyof D["fragments"]]: D["fragments"][K] extends Fragment<infer T> ? T : never;
};

// Rules that no app may leave out: what production means, and which private hosts it refuses to reach.
const always = { runtime: runtimeEnv, egress: egressEnv };

/**
 * Composes fragments. Every environment also has `runtime` and `egress`.
 * @example export const env = defineEnv({ redis: redisEnv, supabase: supabaseEnv, worker: workerEnv("embeddings") });
 */
export const defineEnv = <const F extends Fragments>(fragments: F): EnvDefinition<F & typeof always> => ({
  fragments: { ...fragments, ...always },
});

/** Every variable of a definition, once each, in the order of its fragments. */
export const variablesOf = ({ fragments }: EnvDefinition): Variable[] => {
  const variables = Object.values(fragments).flatMap((one) => Object.values(one.variables));
  return [...new Map(variables.map((variable) => [variable.name, variable])).values()];
};
