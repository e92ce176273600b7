/** The `Prefer` header: how to write, what to return. */
export interface Prefer {
  readonly returning: "minimal" | "headers-only" | "representation";
  readonly resolution: "merge-duplicates" | "ignore-duplicates" | undefined;
  readonly missingDefault: boolean;
  readonly count: "exact" | "planned" | "estimated" | undefined;
  readonly strict: boolean;
  readonly maxAffected: number | undefined;
  readonly timeZone: string | undefined;
}

const pick = <T extends string>(allowed: readonly T[], given: string | undefined): T | undefined =>
  allowed.find((word) => word === given);

/** Unknown preferences are ignored; of a repeated one the first counts. */
export const parsePrefer = (text: string | undefined): Prefer => {
  const given = new Map<string, string>();
  for (const item of (text ?? "").split(",")) {
    const [name = "", value = ""] = item.trim().split("=");
    if (!given.has(name)) given.set(name, value);
  }
  const strict = given.get("handling") === "strict";
  const maxAffected = Number.parseInt(given.get("max-affected") ?? "", 10);
  return {
    returning: pick(["minimal", "headers-only", "representation"], given.get("return")) ?? "minimal",
    resolution: pick(["merge-duplicates", "ignore-duplicates"], given.get("resolution")),
    missingDefault: given.get("missing") === "default",
    count: pick(["exact", "planned", "estimated"], given.get("count")),
    strict,
    maxAffected: strict && Number.isInteger(maxAffected) ? maxAffected : undefined,
    timeZone: given.get("timezone"),
  };
};
