import { fragment } from "../fragment.ts";
import { hostReach } from "../private-host.ts";
import { integer, oneOf, optional, secretText, withDefault } from "../variable.ts";
import { hostVariable, portVariable, shutdownVariable } from "./port.ts";
import { publicUrlVariable } from "./public-url.ts";

export const apiEnv = fragment({
  variables: {
    port: portVariable(3000),
    host: hostVariable,
    publicUrl: publicUrlVariable,
    adminToken: optional({
      name: "ADMIN_TOKEN",
      description: "Opens the dashboard and Bull Board to other machines; without it they answer on loopback only.",
      form: "at least 16 characters of ASCII without spaces",
      example: "",
      secret: true,
      fix: "Generate one with: openssl rand -hex 24",
      schema: secretText(16),
    }),
    trustedProxyHops: withDefault({
      name: "TRUSTED_PROXY_HOPS",
      description: "How many proxies in front of the API are ours; decides which X-Forwarded-For entry is the client.",
      form: "0 to 10",
      example: "1",
      default: "0",
      fix: "Write how many proxies stand in front of the API: 0 for none, 1 on most platforms.",
      schema: integer(0, 10),
    }),
    ratePerMinute: withDefault({
      name: "API_RATE_PER_MINUTE",
      description: "Requests a minute of an API key that has no rate of its own; beyond it the answer is 429.",
      form: "0 to 1000000; 0 for no limit",
      example: "6000",
      default: "6000",
      fix: "Write a whole number from 0 to 1000000.",
      schema: integer(0, 1_000_000),
    }),
    intake: withDefault({
      name: "INTAKE",
      description: "Whether this process takes the jobs of old producers from the bare queue (JOB_QUEUE_NAME).",
      form: "`on` or `off`",
      example: "on",
      default: "on",
      fix: "Write on or off. Stop the old worker before it is on.",
      schema: oneOf(["on", "off"]),
    }),
    shutdownTimeoutMs: shutdownVariable,
  },
  check: ({ publicUrl: url }, { production, warn }) => {
    if (!production || url === undefined || url.startsWith("https:")) return;
    const { hostname } = new URL(url);
    if (hostReach(hostname) === "public")
      warn("PUBLIC_URL", "is not https: API keys and OAuth codes would travel in the open.");
  },
  build: (values) => values,
});
