import type { Run } from "./run.ts";

/**
 * The first calls of a connection: which account it is, and what our writes need there. Two connections to one account
 * would each take the other's writes for somebody else's, so the second is refused (`conflict`).
 */
export const learnAccount = async ({ ports, connection, key, provider, call, log }: Run): Promise<void> => {
  const { accountKey, name: accountName, baseUrl, plan } = await provider.account(call);
  // First what can be repeated: the account's key says that this is done.
  if (provider.prepare) {
    const prepared = Object.entries((await provider.prepare(call)).externalIdFields);
    const externalIdFields = Object.fromEntries(
      prepared.flatMap(([entity, field]) => (field === undefined ? [] : [[entity, field]])),
    );
    await ports.connections.update({ ...key, externalIdFields });
  }
  // What a person said of the plan counts more than what the account says of itself.
  if (plan) await ports.connections.update({ ...key, plan: { ...plan, ...connection.plan } });
  await ports.connections.setAccount({ ...key, accountKey, accountName, baseUrl });
  log.info("the CRM account is known", { provider: provider.name, accountKey });
};
