import { hostReach } from "@gpt-agent/config/private-host";
import { OpsError } from "./command.ts";

export const remoteOption = { remote: { type: "boolean" } } as const;
export const remoteUsage = "--remote     allow a target that is not on this machine";

/** @throws {OpsError} for a write to another machine that was not asked for by `--remote` */
export const guardRemote = (target: string, host: string, remote: boolean): void => {
  if (remote || hostReach(host) === "loopback") return;
  throw new OpsError(
    "remote_refused",
    `${target} is on another machine (${host}). Nothing was changed. Add --remote if you mean it.`,
  );
};
