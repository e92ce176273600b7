import { makeKeyRing } from "./key-ring.ts";
import type { Revealable } from "./key-ring.ts";
import { makeOrgSeal } from "./org-seal.ts";
import type { DataKeyStore, OrgSeal } from "./org-seal.ts";

/** As `encryptionEnv` of packages/config gives them. */
export interface InstallationKeys {
  readonly activeKey: Revealable | undefined;
  readonly previousKeys: readonly Revealable[];
}

/**
 * The seal of an installation. Without a key, which only development may lack, everything else works; whoever seals or
 * opens is told what to set.
 * @throws {TypeError} for a key that is not 32 bytes in one of the accepted forms
 */
export const connectSeal = ({ activeKey, previousKeys }: InstallationKeys, dataKeys: DataKeyStore): OrgSeal => {
  if (activeKey !== undefined) {
    return makeOrgSeal({ ring: makeKeyRing({ active: activeKey, previous: previousKeys }), dataKeys });
  }
  const refuse = (): Promise<never> =>
    Promise.reject(new Error("ENCRYPTION_KEY is not set: credentials can be neither stored nor read."));
  return { seal: refuse, open: refuse };
};
