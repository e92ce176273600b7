const mark = "[redacted]";

const secretKey =
  /^(authorization|cookie|set-cookie|password|passwd|secret|token|api[-_]?key|access[-_]?token|refresh[-_]?token|client[-_]?secret|private[-_]?key|service[-_]?role[-_]?key|encryption[-_]?key|credentials?|jwt)$|_(secret|password|token|api_?key)$|(Secret|Password|Token|ApiKey)$/i;

// JWTs; keys of OpenRouter and OpenAI, Supabase, ours and GitHub; bearer tokens; passwords in addresses.
const secretText =
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+|\b(?:sk-(?:or-|proj-)?|sb_secret_|gak_|gh[pousr]_)[\w-]{12,}|\b(Bearer\s+)[\w.~+/=-]{8,}|(:\/\/[^\s:@/"]*:)[^\s@/"]+(?=@)/g;

/** A text without what looks like a key, a token or a password. */
export const redactText = (text: string): string =>
  text.replace(secretText, (_, bearer?: string, address?: string) => `${bearer ?? address ?? ""}${mark}`);

/** For `JSON.stringify`: values under a secret's name go, whatever they are; errors become readable. */
export const redactFields = (key: string, value: unknown): unknown => {
  if (secretKey.test(key) && value !== undefined && value !== null && typeof value !== "number") return mark;
  if (value instanceof Error) return describeError(value, 0);
  return typeof value === "bigint" ? value.toString() : value;
};

const maxCauses = 4;

const describeError = (error: Error, depth: number): object => {
  const { name, message, stack, cause } = error;
  const code: unknown = "code" in error ? error.code : undefined;
  const detail: unknown = "detail" in error ? error.detail : undefined;
  const below = cause instanceof Error && depth < maxCauses ? describeError(cause, depth + 1) : undefined;
  return { name, message, code, detail, stack: depth === 0 ? stack : undefined, cause: below };
};
