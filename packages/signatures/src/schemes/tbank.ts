import { createHash } from "node:crypto";
import { bodyKey, dedupeKeyOf } from "../dedupe-key.ts";
import { anyEqual } from "../equal.ts";
import { refused, textAt } from "../read-received.ts";
import type { VerifyScheme } from "../scheme.ts";

/** The notification's own scalars as they were written: PaymentId has more digits than a number holds. */
const scalarsOf = (rawBody: Buffer): ReadonlyMap<string, string> | undefined => {
  let root: unknown;
  try {
    root = JSON.parse(rawBody.toString("utf8"), (_, value: unknown, context?: { readonly source?: string }) =>
      typeof value === "number" ? (context?.source ?? String(value)) : value,
    );
  } catch {
    return undefined;
  }
  if (typeof root !== "object" || root === null || Array.isArray(root)) return undefined;
  return new Map(
    Object.entries(root).flatMap(([name, value]): readonly (readonly [string, string])[] =>
      typeof value === "string" ? [[name, value]] : typeof value === "boolean" ? [[name, String(value)]] : [],
    ),
  );
};

/** Values in the order of their names, the password among them. https://developer.tbank.ru/eacq/intro/developer/token */
export const tbankToken = (scalars: ReadonlyMap<string, string>, password: string): string => {
  const signed = new Map(scalars).set("Password", password);
  signed.delete("Token");
  const values = [...signed].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  return createHash("sha256").update(values.join("")).digest("hex");
};

/**
 * `Token` in the body; a secret is the terminal's password. Values are signed without a border between them, and what
 * is nested is not signed: therefore only `secret`, and the payment is read again with GetState. The bank repeats until
 * it reads `OK`. Two partial refunds differ in nothing but, perhaps, the amount.
 */
export const verifyTbank: VerifyScheme = (received, secrets) => {
  const scalars = scalarsOf(received.rawBody);
  const token = (scalars?.get("Token") ?? "").toLowerCase();
  const passwords = secrets.length > 0 ? secrets : ["no secret"];
  const matches = anyEqual(
    [token],
    passwords.map((password) => tbankToken(scalars ?? new Map(), password)),
  );
  const whole = bodyKey(received.rawBody);
  if (secrets.length === 0) return refused("misconfigured");
  if (scalars === undefined) return refused("malformed");
  if (token === "") return refused("unsigned");
  if (!matches) return refused("wrong");
  const named = Object.fromEntries(scalars);
  const dedupeKey = dedupeKeyOf(textAt(named, "PaymentId"), textAt(named, "Status"), textAt(named, "Amount"));
  return {
    ok: true,
    trust: "secret",
    dedupeKey: dedupeKey ?? whole,
    answer: { contentType: "text/plain; charset=utf-8", body: "OK" },
  };
};
