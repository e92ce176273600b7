import { fragment } from "../fragment.ts";
import { optional, parsedBy, refuse } from "../variable.ts";
import type { Refusal } from "../variable.ts";

const publicUrl = parsedBy((text): string | Refusal => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return refuse("is not an http or https URL.");
  if (url.username !== "" || url.password !== "")
    return refuse("holds a user name or password.", "Leave the credentials out.");
  if (url.search !== "" || url.hash !== "") return refuse("has a query or a fragment.", "End it after the path.");
  return url.href.replace(/\/+$/, "");
});

export const publicUrlVariable = optional({
  name: "PUBLIC_URL",
  description:
    "Address under which browsers, CRMs and webhook senders reach the API. OAuth callbacks and the webhooks that CRMs send are built from it; no webhook of ours is delivered to it.",
  form: "https URL",
  example: "https://agents.example.com",
  fix: "Write the address that a browser uses, for instance https://agents.example.com.",
  schema: publicUrl,
});

/** For whoever tells others where to reach the API. */
export const ingressEnv = fragment({ variables: { publicUrl: publicUrlVariable }, build: (values) => values });

/** For whoever calls tenants' addresses: a tenant who names ours would have us call ourselves in a loop. */
export const ownHostsEnv = fragment({
  variables: { publicUrl: publicUrlVariable },
  build: ({ publicUrl: url }) => ({ ownHosts: url === undefined ? [] : [new URL(url).hostname] }),
});
