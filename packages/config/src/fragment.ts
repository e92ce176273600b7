import type { Variable } from "./variable.ts";

export type Variables = Readonly<Record<string, Variable>>;

/** What the variables of a fragment hold once each is parsed. */
export type ValuesOf<V extends Variables> = { readonly [K in keyof V]: V[K] extends Variable<infer T> ? T : never };

export interface FragmentContext {
  /** NODE_ENV=production. */
  readonly production: boolean;
  /** The process runs in a container, where `localhost` is the container itself. */
  readonly inContainer: boolean;
  /** Whether anything was set under this name, readable or not: a missing variable and a malformed one differ. */
  isSet(name: string): boolean;
  /** Adds a problem; the process will not start. Neither sentence may hold a value. */
  refuse(name: string, what: string, fix: string): void;
  /** Adds a warning; the process starts. */
  warn(name: string, what: string): void;
}

/** A few variables that belong together and the value an app gets for them. */
export interface Fragment<T = unknown> {
  readonly variables: Variables;
  /** Rules across variables. Runs always, so that all problems show at once: what is missing or malformed is undefined. */
  check?(values: Partial<Readonly<Record<string, unknown>>>, context: FragmentContext): void;
  /** Runs only when there is no problem anywhere. */
  build(values: Readonly<Record<string, unknown>>, context: Pick<FragmentContext, "production">): T;
}

/** Gives `check` and `build` the types of the variables. */
export const fragment = <const V extends Variables, T>(definition: {
  readonly variables: V;
  check?(values: Partial<ValuesOf<V>>, context: FragmentContext): void;
  build(values: ValuesOf<V>, context: Pick<FragmentContext, "production">): T;
}): Fragment<T> => definition;
