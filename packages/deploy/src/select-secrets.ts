import { type App, namesOf, neededOf, settingsBehindProxy } from "./app.ts";

/**
 * Of all values of an installation, the lines `NAME=value` for one app: what it declares and its platform files do not
 * set. On Fly a secret wins over the file, so one JOB_CONCURRENCY for all apps would undo each one's own.
 * @returns problems, each a sentence, where a value cannot be sent or a needed one is missing
 */
export const selectSecrets = (
  app: App,
  values: Readonly<Record<string, string | undefined>>,
): { readonly lines: string[]; readonly problems: string[] } => {
  const settings = settingsBehindProxy(app);
  const given = namesOf(app).flatMap((name): [string, string][] => {
    const value = values[name];
    return name in settings || value === undefined || value === "" ? [] : [[name, value]];
  });
  const local = values["AI_PROVIDER"] === "local";
  const missing = neededOf(app)
    .map(({ name }) => name)
    .filter((name) => !(name in settings) && !values[name] && !(local && name === "OPENROUTER_API_KEY"));
  const broken = given.filter(([, value]) => /[\r\n]/.test(value)).map(([name]) => name);
  return {
    lines: given.map(([name, value]) => `${name}=${value}`),
    problems: [
      ...missing.map((name) => `${name} is not in the file, and ${app.name} needs it.`),
      ...broken.map(
        (name) => `${name} has a line break: no platform takes that; use ${name}_FILE where there are files.`,
      ),
    ],
  };
};
