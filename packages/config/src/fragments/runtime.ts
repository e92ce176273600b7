import { fragment } from "../fragment.ts";
import { oneOf, withDefault } from "../variable.ts";

const modes = oneOf(["development", "production", "test"]);

const mode = withDefault({
  name: "NODE_ENV",
  description: "`production` turns on every rule that protects real data.",
  form: "`development`, `production` or `test`",
  example: "production",
  default: "development",
  fix: "Write production, development or test.",
  schema: modes,
});

/** The mode, read before anything else because other rules depend on it. An unreadable one counts as production. */
export const readRuntime = (text: string | undefined): { readonly production: boolean } => {
  const result = modes.safeParse(text?.trim() || mode.default);
  return { production: !result.success || result.data === "production" };
};

export const runtimeEnv = fragment({
  variables: { mode },
  build: (values) => ({ production: values.mode === "production" }),
});
