import { PermanentError } from "@gpt-agent/jobs/errors";
import type { ApiRequest } from "./api-call.ts";

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/u;
const bareLoopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/u;

/** Whether an address is a sandbox's, on this machine. */
export const isLoopback = (address: string): boolean =>
  URL.canParse(address) && loopback.test(new URL(address).hostname);

/**
 * Whether a token may go there: https on its standard port to one of the suffixes, or a host below one. Loopback over
 * http passes too: sandboxes live there, and the guarded client lets nobody reach them unless `EGRESS_ALLOW` names the
 * port.
 */
export const isPinnedHost = (address: string, hostSuffixes: readonly string[]): boolean => {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.username !== "" || url.password !== "") return false;
  if (loopback.test(url.hostname)) return url.protocol === "http:" || url.protocol === "https:";
  const named = hostSuffixes.some((suffix) => url.hostname === suffix || url.hostname.endsWith(`.${suffix}`));
  return named && url.protocol === "https:" && url.port === "";
};

/**
 * The origin of an address that a callback or a token answer named, once it is checked; a bare host counts as https.
 * @throws {PermanentError} `crm_bad_response` for any other host: a token must never be sent there
 */
export const pinnedOrigin = (title: string, named: string, hostSuffixes: readonly string[]): string => {
  const scheme = bareLoopback.test(named) ? "http" : "https";
  const address = /^https?:\/\//iu.test(named) ? named : `${scheme}://${named}`;
  if (!isPinnedHost(address, hostSuffixes)) {
    throw new PermanentError("crm_bad_response", `${title} named a host that is not one of its own. Connect again.`);
  }
  return new URL(address).origin;
};

/** The sandbox on this machine that somebody named in place of the provider's own address. */
export const sandboxOr = (named: string | undefined, origin: string): string =>
  named !== undefined && isLoopback(named) ? new URL(named).origin : origin;

/** The whole address of a call. Brackets of keys stay readable, as the providers document them. */
export const addressOf = (baseUrl: string, request: Pick<ApiRequest, "path" | "query">): string => {
  const pairs: string[] = [];
  for (const [key, value] of Object.entries(request.query ?? {})) {
    const name = encodeURIComponent(key).replaceAll("%5B", "[").replaceAll("%5D", "]");
    for (const one of Array.isArray(value) ? (value as readonly (string | number)[]) : [value as string | undefined]) {
      if (one !== undefined) pairs.push(`${name}=${encodeURIComponent(one)}`);
    }
  }
  const query = pairs.length === 0 ? "" : `?${pairs.join("&")}`;
  return `${baseUrl.replace(/\/+$/u, "")}${request.path}${query}`;
};
