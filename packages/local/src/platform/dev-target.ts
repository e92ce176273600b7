const loopback = /^(localhost|127(?:\.\d+){3}|\[::1\])$/;

/** Where `pnpm dev` works: on what the shell names, or on an embedded stack. */
export type DevTarget = "shell" | "embedded";

const isGiven = (shell: Readonly<NodeJS.ProcessEnv>, name: string): boolean =>
  Boolean(shell[name]?.trim() || shell[`${name}_FILE`]?.trim());

const isLoopback = (shell: Readonly<NodeJS.ProcessEnv>, name: string): boolean =>
  loopback.test(URL.parse(shell[name] ?? "")?.hostname ?? "");

/**
 * Both REDIS_URL and SUPABASE_URL, or neither: half of each would mix somebody's data with throw-away data.
 * @throws {Error} for one without the other, and for a target on another machine unless `remote` allows it.
 */
export const devTarget = (shell: Readonly<NodeJS.ProcessEnv>, remote: boolean): DevTarget => {
  const names = ["REDIS_URL", "SUPABASE_URL"];
  const [missing, ...both] = names.filter((name) => !isGiven(shell, name));
  if (missing !== undefined && both.length > 0) return "embedded";
  if (missing !== undefined) {
    const given = names.find((name) => name !== missing);
    throw new Error(`${given} is set and ${missing} is not. Set both, or neither to use an embedded stack.`);
  }
  const elsewhere = names.find((name) => !isLoopback(shell, name));
  if (elsewhere !== undefined && !remote) {
    throw new Error(`${elsewhere} is not on this machine. If you mean to work on it, say so: pnpm dev --remote`);
  }
  return "shell";
};
