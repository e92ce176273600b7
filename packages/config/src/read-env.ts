import type { EnvDefinition, EnvOf } from "./define-env.ts";
import type { FragmentContext } from "./fragment.ts";
import { readRuntime } from "./fragments/runtime.ts";
import type { Variable } from "./variable.ts";

/** Variables as `process.env` holds them. An empty text counts as not set. */
export type EnvSource = Readonly<Record<string, string | undefined>>;

export interface Problem {
  readonly variable: string;
  /** What is wrong, to be read after the variable's name. Never holds a value. */
  readonly what: string;
  readonly fix: string;
}

export interface Warning {
  readonly variable: string;
  readonly what: string;
}

/** What reading needs of the machine. */
export interface EnvHost {
  /** @throws an Error with `code` such as ENOENT */
  readFile(path: string): string;
  inContainer(): boolean;
}

export type EnvResult<E> =
  | { readonly ok: true; readonly env: E; readonly warnings: readonly Warning[] }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly Warning[] };

type Raw = { readonly text: string } | { readonly problem: Problem } | undefined;

const maxFileChars = 65_536;

const readRaw = (variable: Variable, source: EnvSource, host: EnvHost): Raw => {
  const { name, secret } = variable;
  const direct = source[name] || undefined;
  const path = secret ? source[`${name}_FILE`] || undefined : undefined;
  if (path === undefined) return direct === undefined ? undefined : { text: direct };
  const fileName = `${name}_FILE`;
  const refused = (what: string, fix: string): Raw => ({ problem: { variable: fileName, what, fix } });
  if (direct !== undefined) return refused(`and ${name} are both set.`, "Keep one of the two.");
  try {
    const text = host.readFile(path).replace(/\r?\n$/, "");
    if (text === "") return refused("names an empty file.", `Write the value of ${name} into the file.`);
    if (text.length > maxFileChars) return refused("names a file far too large for one value.", "Name the right file.");
    return { text };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    return refused(`names a file that cannot be read${code}.`, "Name an existing file that this process may read.");
  }
};

// `.env` files read by Docker keep quotes, and dashboards keep the space that came along with a copy.
const tidy = (variable: Variable, text: string, warn: (what: string) => void): string => {
  if (variable.exact) return text;
  const trimmed = text.trim();
  const unquoted = /^(["'])(.*)\1$/s.exec(trimmed)?.[2]?.trim() ?? trimmed;
  if (unquoted !== text) warn("has spaces or quotes around it; they are left out.");
  return unquoted;
};

/** Reads and checks everything; collects all problems instead of stopping at the first. Pure but for `host`. */
export const readEnv = <D extends EnvDefinition>(
  definition: D,
  source: EnvSource,
  host: EnvHost,
): EnvResult<EnvOf<D>> => {
  const problems: Problem[] = [];
  const warnings: Warning[] = [];
  const add = (problem: Problem) => {
    if (!problems.some((one) => one.variable === problem.variable && one.what === problem.what)) problems.push(problem);
  };
  const { production } = readRuntime(source["NODE_ENV"]);
  const inContainer = host.inContainer();

  const parse = (variable: Variable): unknown => {
    const { name, need, fix } = variable;
    const raw = readRaw(variable, source, host);
    if (raw !== undefined && "problem" in raw) return add(raw.problem);
    const tidied = raw === undefined ? "" : tidy(variable, raw.text, (what) => warnings.push({ variable: name, what }));
    const text = tidied === "" ? variable.default : tidied;
    if (text === undefined) {
      const missing = need === "required" || (need === "required in production" && production);
      if (missing)
        add({
          variable: name,
          what: need === "required" ? "is not set." : "is not set, and NODE_ENV is production.",
          fix,
        });
      return undefined;
    }
    const result = variable.schema.safeParse(text);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const better: unknown = issue.code === "custom" ? issue.params?.["fix"] : undefined;
      add({ variable: name, what: issue.message, fix: typeof better === "string" ? better : fix });
    }
    return undefined;
  };

  const parsed = new Map<Variable, unknown>();
  const valueOf = (variable: Variable): unknown => {
    if (!parsed.has(variable)) parsed.set(variable, parse(variable));
    return parsed.get(variable);
  };
  const context: FragmentContext = {
    production,
    inContainer,
    isSet: (name) => Boolean(source[name] || source[`${name}_FILE`]),
    refuse: (variable, what, fix) => add({ variable, what, fix }),
    warn: (variable, what) => warnings.push({ variable, what }),
  };

  const entries = Object.entries(definition.fragments).map(([key, fragment]) => {
    const values = Object.fromEntries(
      Object.entries(fragment.variables).map(([name, variable]) => [name, valueOf(variable)]),
    );
    fragment.check?.(values, context);
    return { key, fragment, values };
  });
  if (problems.length > 0) return { ok: false, problems, warnings };
  const env = Object.fromEntries(entries.map(({ key, fragment, values }) => [key, fragment.build(values, context)]));
  return { ok: true, env: env as EnvOf<D>, warnings };
};
