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
export const defineEnv = <const F extends Fragments>(fragments: F): EnvDefinition<typeof always & F> => ({
  fragments: { ...always, ...fragments },
});

/** Every variable of a definition, once each, in the order of its fragments; what all apps have comes last. */
export const variablesOf = ({ fragments }: EnvDefinition): Variable[] => {
  const own = Object.values(fragments).filter((one) => one !== runtimeEnv && one !== egressEnv);
  const byName = new Map<string, Variable>();
  for (const { variables } of [...own, runtimeEnv, egressEnv]) {
    for (const variable of Object.values(variables)) byName.set(variable.name, variable);
  }
  return [...byName.values()];
};
