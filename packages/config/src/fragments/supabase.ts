import { fragment } from "../fragment.ts";
import { hostReach } from "../private-host.ts";
import { makeSecret } from "../secret.ts";
import type { Secret } from "../secret.ts";
import { isPlaceholder, parsedBy, refuse, required } from "../variable.ts";
import type { Refusal } from "../variable.ts";

const projectUrl = parsedBy((text): string | Refusal => {
  const url = /\s/.test(text) ? null : URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return refuse("is not an https URL.");
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return refuse("holds more than the project's address.", "Leave out user name, query and fragment.");
  }
  if (isPlaceholder(url.hostname)) return refuse("still holds the placeholder of an example.");
  if (url.protocol === "http:" && hostReach(url.hostname) === "public") {
    return refuse("is http: the service-role key would travel in the open.", "Write https://.");
  }
  // People copy the REST endpoint; the client adds this path itself.
  return url.href
    .replace(/\/+$/, "")
    .replace(/\/rest\/v1$/, "")
    .replace(/\/+$/, "");
});

const keyFix =
  "Copy the service_role key, or a secret key (sb_secret_…), from the project's settings, API keys. Keep it off browsers.";

/** A JWT's claims, unverified: enough to tell the keys of a project apart. */
const claimsOf = (jwt: string): Readonly<Record<string, unknown>> | undefined => {
  const parts = jwt.split(".");
  if (parts.length !== 3 || !parts.every((part) => /^[\w-]+$/.test(part))) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? "", "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null ? { ...claims } : undefined;
  } catch {
    return undefined;
  }
};

interface ServiceKey {
  readonly key: Secret;
  /** The project that a hosted project's JWT names. */
  readonly project: string | undefined;
}

const serviceKey = parsedBy((text): ServiceKey | Refusal => {
  if (text.startsWith("sb_publishable_")) return refuse("is a publishable key: it may not do what a worker does.");
  if (isPlaceholder(text)) return refuse("still holds the placeholder of an example.");
  if (/^sb_secret_[\w-]{8,}$/.test(text)) return { key: makeSecret(text), project: undefined };
  const claims = claimsOf(text);
  if (claims === undefined) return refuse("is neither a JWT nor a key that begins with sb_secret_.");
  const role = claims["role"];
  if (role === "anon" || role === "authenticated")
    return refuse(`is the ${role} key: it may not do what a worker does.`);
  if (role !== "service_role") return refuse("is a JWT whose role is not service_role.");
  const project = claims["ref"];
  return { key: makeSecret(text), project: typeof project === "string" ? project : undefined };
});

export const supabaseEnv = fragment({
  variables: {
    url: required({
      name: "SUPABASE_URL",
      description: "Address of the Supabase project, which holds the rows, vectors and files.",
      form: "https URL; http only for local and private hosts",
      example: "https://abcdefghijklmnop.supabase.co",
      fix: "Copy the project URL, for instance https://abcdefghijklmnop.supabase.co. For local work run `pnpm dev`, which starts a Supabase and sets it.",
      schema: projectUrl,
    }),
    serviceKey: required({
      name: "SUPABASE_SERVICE_ROLE_KEY",
      description: "The key workers use; it bypasses row-level security, so it never leaves the servers.",
      form: "a `service_role` JWT or `sb_secret_…`; anon and publishable keys are refused",
      example: "",
      secret: true,
      fix: keyFix,
      schema: serviceKey,
    }),
  },
  check: ({ url, serviceKey: key }, { inContainer, refuse: report, warn }) => {
    if (url === undefined) return;
    const { hostname } = new URL(url);
    const hosted = /^([a-z0-9]+)\.supabase\.(co|in)$/.exec(hostname)?.[1];
    if (hosted !== undefined && key?.project !== undefined && key.project !== hosted) {
      report(
        "SUPABASE_SERVICE_ROLE_KEY",
        "belongs to another project than SUPABASE_URL.",
        "Copy both from the same project.",
      );
    }
    if (inContainer && hostReach(hostname) === "loopback") {
      warn(
        "SUPABASE_URL",
        "points at localhost, and this is a container: only what runs in the same container is there. Otherwise name the host or the service.",
      );
    }
  },
  build: ({ url, serviceKey: { key } }) => ({ url, serviceRoleKey: key }),
});
