import { readFileSync } from "node:fs";
import type { GuardedRequest, SendGuarded } from "@gpt-agent/http/guarded-request";

interface Param {
  readonly base: string;
  readonly required?: boolean;
}
interface Method {
  readonly params: Readonly<Record<string, Param>>;
  readonly fields?: Readonly<Record<string, Param>>;
  readonly requiredInFilter?: readonly string[];
  readonly orderable?: readonly string[];
  readonly result: unknown;
}
interface Specs {
  readonly methods: Readonly<Record<string, Method>>;
  readonly fieldsByEntityTypeId: Readonly<Record<string, readonly string[]>>;
  readonly time: object;
}
export const specs = JSON.parse(readFileSync(new URL("bitrix24-methods.json", import.meta.url), "utf8")) as Specs;

type Values = Readonly<Record<string, unknown>>;

/** Types as the documentation's own simulator takes them: numbers may be texts, maps and lists are one. */
const fits = (value: unknown, base: string): boolean => {
  const numeric =
    (typeof value === "number" || typeof value === "string") && value !== "" && Number.isFinite(Number(value));
  switch (base) {
    case "integer":
      return numeric && Number.isInteger(Number(value));
    case "string":
    case "char":
      return typeof value === "string" || typeof value === "number";
    case "boolean":
      return ["Y", "N", "1", "0", true, false, 1, 0].includes(value as never);
    case "object":
    case "array":
      return typeof value === "object" && value !== null;
    case "datetime":
      return typeof value === "string" && !Number.isNaN(Date.parse(value));
    default:
      return true;
  }
};

const reference = /^\$result\[/u;

const against = (values: Values, params: Readonly<Record<string, Param>>, where: string): string[] => [
  ...Object.entries(params).flatMap(([name, { required }]) =>
    required === true && (values[name] === undefined || values[name] === "") ? [`${where}${name} is missing`] : [],
  ),
  ...Object.entries(values).flatMap(([name, value]) => {
    const param = params[name];
    if (param === undefined) return [`${where}${name} is not a parameter`];
    if (typeof value === "string" && reference.test(value)) return [];
    return fits(value, param.base) ? [] : [`${where}${name} is no ${param.base}: ${JSON.stringify(value)}`];
  }),
];

/** What about a call the documentation does not allow; [] where it does. `auth` and `auth_connector` belong to any call. */
export const objections = (method: string, given: Values): string[] => {
  const spec = specs.methods[method];
  if (spec === undefined) return [`${method} is not in the specifications`];
  const { auth: _, auth_connector: __, ...values } = given;
  const found = against(values, spec.params, `${method}: `);
  const fields = values["fields"] as Values | undefined;
  if (fields !== undefined && spec.fields !== undefined)
    found.push(...against(fields, spec.fields, `${method}: fields.`));
  const known = specs.fieldsByEntityTypeId[String(values["entityTypeId"])];
  if (fields !== undefined && known !== undefined) {
    for (const name of Object.keys(fields)) {
      if (!known.includes(name) && !name.startsWith("ufCrm")) found.push(`${method}: fields.${name} is not a field`);
    }
  }
  const filter = (values["filter"] ?? {}) as Values;
  for (const name of spec.requiredInFilter ?? [])
    if (!(name in filter)) found.push(`${method}: filter.${name} is missing`);
  for (const name of Object.keys(values["order"] ?? {})) {
    if (spec.orderable !== undefined && !spec.orderable.includes(name)) found.push(`${method}: order.${name}`);
  }
  return found;
};

/** A batch command's query as PHP reads it. */
const decode = (query: string): Values => {
  const root: Record<string, unknown> = {};
  for (const [key, value] of new URLSearchParams(query)) {
    const [first = "", ...rest] = key
      .split(/\[|\]\[|\]/u)
      .filter((part, index, all) => index < all.length - 1 || part !== "");
    let here = root;
    const path = [first, ...rest];
    for (const step of path.slice(0, -1)) here = (here[step] ??= {}) as Record<string, unknown>;
    here[path.at(-1) ?? ""] = value;
  }
  return root;
};

export interface Seen {
  readonly method: string;
  readonly params: Values;
}

/** A portal made of the documentation: objects to what it does not describe, answers with its own examples. */
export const documentedPortal = (): { readonly send: SendGuarded; readonly seen: Seen[]; readonly wrong: string[] } => {
  const seen: Seen[] = [];
  const wrong: string[] = [];
  const run = (method: string, params: Values): unknown => {
    seen.push({ method, params });
    wrong.push(...objections(method, params));
    return specs.methods[method]?.result;
  };
  const answer = ({ url, body }: GuardedRequest): object => {
    const method = /\/rest\/(.+)\.json$/u.exec(url)?.[1] ?? "";
    const params = JSON.parse(String(body)) as Values;
    if (method !== "batch") return { result: run(method, params), time: specs.time };
    const commands = Object.entries(params["cmd"] as Readonly<Record<string, string>>);
    if (commands.length > 50) wrong.push(`${commands.length} commands in a batch`);
    const result = Object.fromEntries(
      commands.map(([name, command]) => {
        const [called = "", query = ""] = command.split(/\?(.*)/su);
        return [name, run(called, decode(query))];
      }),
    );
    return {
      result: { result, result_error: [], result_total: [], result_next: [], result_time: [] },
      time: specs.time,
    };
  };
  return {
    seen,
    wrong,
    send: async (request) => ({
      status: 200,
      headers: { "content-type": "application/json" },
      body: Buffer.from(JSON.stringify(answer(request))),
      truncated: false,
      address: "",
      ms: 1,
    }),
  };
};
