import { fragment } from "../fragment.ts";
import { parseKeyText } from "../key-text.ts";
import { makeSecret } from "../secret.ts";
import type { Secret } from "../secret.ts";
import { optional, parsedBy, refuse, requiredInProduction } from "../variable.ts";
import type { Refusal } from "../variable.ts";

interface Key {
  /** As it was written; `packages/crypto` reads every form. */
  readonly text: Secret;
  readonly warning: string | undefined;
}

const keyFix =
  "Generate one with: openssl rand -base64 32 (and keep the old one in ENCRYPTION_KEYS_PREVIOUS if data was sealed with it).";

const key = parsedBy((text): Key | Refusal => {
  const result = parseKeyText(text);
  return result.ok ? { text: makeSecret(text), warning: result.warning } : refuse(result.what);
});

const keys = parsedBy((text): readonly Secret[] | Refusal => {
  const parts = text.split(/[,\n]/).filter((part) => part.trim() !== "");
  for (const [index, part] of parts.entries()) {
    const result = parseKeyText(part.trim());
    if (!result.ok) return refuse(`has an entry (number ${index + 1}) that ${result.what}`);
  }
  return parts.map((part) => makeSecret(part.trim()));
});

export const encryptionEnv = fragment({
  variables: {
    active: requiredInProduction({
      name: "ENCRYPTION_KEY",
      description: "Seals stored credentials. Losing it loses them.",
      form: "32 bytes as 32 ASCII characters, base64, or 64 hexadecimal digits; optional prefix `raw:`, `base64:` or `hex:`",
      example: "",
      secret: true,
      exact: true,
      fix: keyFix,
      schema: key,
    }),
    previous: optional({
      name: "ENCRYPTION_KEYS_PREVIOUS",
      description: "Earlier keys, which only open what they sealed; for rotation.",
      form: "keys in the forms of ENCRYPTION_KEY, separated by commas (a raw key that holds a comma: write it as hex)",
      example: "",
      secret: true,
      fix: "Write each key as it stood in ENCRYPTION_KEY, separated by commas.",
      schema: keys,
    }),
  },
  check: ({ active, previous }, { isSet, refuse: report, warn }) => {
    if (active?.warning !== undefined) warn("ENCRYPTION_KEY", active.warning);
    if (previous !== undefined && previous.length > 0 && !isSet("ENCRYPTION_KEY")) {
      report(
        "ENCRYPTION_KEYS_PREVIOUS",
        "is set, and ENCRYPTION_KEY is not.",
        "Set ENCRYPTION_KEY to the key that seals from now on.",
      );
    }
  },
  build: ({ active, previous }) => ({ activeKey: active?.text, previousKeys: previous ?? [] }),
});
