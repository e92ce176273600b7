/**
 * This process's environment, to search its PATH and to hand on to children. The local stack has no settings of its
 * own there; an app's variables are read by `@gpt-agent/config` alone.
 */
// oxlint-disable-next-line node/no-process-env -- the one place in this package
export const environment: Readonly<NodeJS.ProcessEnv> = process.env;
