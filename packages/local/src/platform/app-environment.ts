import type { StackEnv } from "../stack.ts";

/** What would lead an app to another installation than the private one, or change what it does there. */
const leadsElsewhere =
  /^(REDIS_|UPSTASH_|SUPABASE_|JOB_|ENCRYPTION_|PORT($|_)|PUBLIC_URL|ADMIN_TOKEN|TRUSTED_PROXY|EGRESS_|SHUTDOWN_|LISTEN_HOST$|LOG_LEVEL|NODE_ENV|NODE_OPTIONS|npm_)/;

export type AiProvider = "local" | "openrouter";

/** Which AI the apps use, by the rule of their environment: with a key OpenRouter, unless told otherwise. */
export const aiProviderOf = (shell: Readonly<NodeJS.ProcessEnv>): AiProvider => {
  const given = shell["AI_PROVIDER"]?.trim();
  if (given === "local" || given === "openrouter") return given;
  return shell["OPENROUTER_API_KEY"] || shell["OPENROUTER_API_KEY_FILE"] ? "openrouter" : "local";
};

/** An app's environment on a private stack: nothing of the shell that leads elsewhere, and the stack's addresses. */
export const privateEnvironment = (
  shell: Readonly<NodeJS.ProcessEnv>,
  stack: StackEnv,
  encryptionKey: string,
): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(shell).filter(([name]) => !leadsElsewhere.test(name))),
  ...stack,
  AI_PROVIDER: aiProviderOf(shell),
  ENCRYPTION_KEY: encryptionKey,
  NODE_ENV: "development",
  // Nobody else's business: the stack below it keeps to loopback too.
  LISTEN_HOST: "127.0.0.1",
});
