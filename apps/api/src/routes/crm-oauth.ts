import type { ProviderOAuth } from "@gpt-agent/crm/connect-provider";
import { oauthAppOf } from "@gpt-agent/crm/oauth-apps";
import { sealTokens } from "@gpt-agent/crm/sealed-tokens";
import { PermanentError } from "@gpt-agent/jobs/errors";
import { Router } from "express";
import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { connectionOf, wakeCrm } from "../crm-access.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { parse, Problem } from "../problem.ts";
import { id } from "../resources/id.ts";

const callbackPath = "/v1/crm/oauth/callback";
/** Time to sign in. */
const stateSeconds = 900;

const verifierPlace = (orgId: string, connectionId: string) => ({
  orgId,
  table: "crm_oauth_states",
  rowId: connectionId,
  column: "code_verifier",
});

/** Signing in at the CRM: the address to send a person to. */
export const crmOAuthRoutes = ({ crm, seal }: Pick<Ports, "crm" | "seal">): readonly Endpoint[] => [
  defineEndpoint({
    method: "post",
    path: "/v1/crm/oauth/start",
    operationId: "startCrmOAuth",
    summary: "Begin to connect an account",
    description:
      "Send the person to `url`; the CRM brings them back to this API, which stores the tokens and begins to read. The " +
      "address works once, for 15 minutes, for this connection alone.",
    tag: "CRM",
    body: z.strictObject({
      connectionId: id,
      account: z
        .string()
        .max(200)
        .optional()
        .describe(
          "Where the person signs in, if not where everybody does: the portal, `company.bitrix24.ru`, which Bitrix24 " +
            "always needs; for Salesforce `test.salesforce.com` or a My Domain. Left out, it is where the account was " +
            "connected before.",
        ),
    }),
    answers: { 200: { description: "Begun", schema: z.object({ url: z.string() }) } },
    errors: ["not_found", "conflict"],
    handle: async ({ body: { connectionId, account: named } }, { orgId }) => {
      const key = { orgId, connectionId };
      const connection = await connectionOf(crm, key);
      const { oauth } = crm.provider(connection.provider);
      if (!oauth) throw new Problem("conflict", `${connection.provider} is connected with a long-lived token.`);
      if (crm.publicUrl === undefined) {
        throw new Problem("conflict", "PUBLIC_URL is not set: the CRM would not know where to bring people back to.");
      }
      const { clientId } = await appOf({ crm, seal }, connection);
      const state = randomBytes(32).toString("base64url");
      const codeVerifier = oauth.pkce ? randomBytes(48).toString("base64url") : undefined;
      const redirectUrl = crm.publicUrl + callbackPath;
      const account = named ?? connection.baseUrl ?? undefined;
      const codeChallenge = codeVerifier && createHash("sha256").update(codeVerifier).digest("base64url");
      const url = authorizeUrl(oauth, {
        clientId,
        redirectUrl,
        state,
        ...(codeChallenge && { codeChallenge }),
        ...(account !== undefined && { account }),
      });
      await crm.oauthStates.put({
        ...key,
        state,
        codeVerifier:
          codeVerifier === undefined ? null : await seal.seal(verifierPlace(orgId, connectionId), codeVerifier),
        redirectUrl,
        account,
        ttlSeconds: stateSeconds,
      });
      return { status: 200, body: { url } };
    },
  }),
];

/** @throws {Problem} where `account` is missing, or no host of the provider's */
const authorizeUrl = (oauth: ProviderOAuth, request: Parameters<ProviderOAuth["authorizeUrl"]>[0]): string => {
  try {
    return oauth.authorizeUrl(request);
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    const issues = [{ in: "body" as const, pointer: "/account", message: error.message }];
    throw new Problem("invalid_request", error.message, { cause: error, issues });
  }
};

const appOf = async (
  { crm, seal }: Pick<Ports, "crm" | "seal">,
  connection: Awaited<ReturnType<typeof connectionOf>>,
): Promise<{ readonly clientId: string; readonly clientSecret: string }> => {
  const key = { orgId: connection.orgId, connectionId: connection.id };
  const clientSecret = (await crm.tokens.read(key))?.clientSecret ?? null;
  try {
    return await oauthAppOf({ ...connection, ...key, clientSecret }, { apps: crm.apps, seal });
  } catch (error) {
    if (error instanceof PermanentError) throw new Problem("conflict", error.message, { cause: error });
    throw error;
  }
};

const callbackQuery = z.looseObject({
  state: z.string().min(1).max(500),
  code: z.string().min(1).max(4_000).optional(),
  error: z.string().max(200).optional(),
});

/** Where the CRM brings people back to. It has no key: the state says, once, whose sign-in this is. */
export const crmOAuthCallback = ({
  crm,
  seal,
  enqueue,
  log,
}: Pick<Ports, "crm" | "seal" | "enqueue" | "log">): Router => {
  const router = Router();
  router.get(callbackPath, async (req, res) => {
    const query = parse(callbackQuery, req.query, "query");
    const flow = await crm.oauthStates.take({ state: query.state });
    if (!flow) {
      throw new Problem("invalid_request", "This sign-in is unknown, was used before, or took too long. Begin again.");
    }
    const { orgId, connectionId, redirectUrl } = flow;
    const key = { orgId, connectionId };
    if (query.code === undefined)
      throw new Problem("invalid_request", "The CRM was not allowed to connect. Begin again.");
    const connection = await connectionOf(crm, key);
    const { oauth } = crm.provider(connection.provider);
    if (!oauth) throw new Problem("conflict", `${connection.provider} is connected with a long-lived token.`);
    const texts = Object.entries(query).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : []));
    const tokens = await oauth
      .exchange({
        send: crm.send,
        ...(await appOf({ crm, seal }, connection)),
        redirectUrl,
        code: query.code,
        ...(flow.account !== null && { account: flow.account }),
        callback: Object.fromEntries(texts) as Record<string, string>,
        ...(flow.codeVerifier !== null && {
          codeVerifier: await seal.open(verifierPlace(orgId, connectionId), flow.codeVerifier),
        }),
      })
      .catch((error: unknown) => {
        log.warn("a CRM account could not be connected", { ...key, provider: connection.provider, error });
        throw new Problem("conflict", "The CRM gave no token for this sign-in. Begin again.", { cause: error });
      });
    await crm.tokens.authorize({
      ...key,
      ...(await sealTokens(seal, key, tokens)),
      baseUrl: tokens.baseUrl,
      redirectUrl,
    });
    await wakeCrm({ enqueue, log }, { kind: "sync", ...key });
    res.status(200).type("text/plain").send("The account is connected. You can close this window.\n");
  });
  return router;
};
