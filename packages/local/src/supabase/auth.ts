import { errors, jwtVerify } from "jose";
import { ApiError } from "./api-error.ts";
import type { ProjectKeys } from "./keys.ts";

export type Claims = Readonly<Record<string, unknown>>;

/** Who asks: the database role to take on and the claims that policies read. */
export interface Caller {
  readonly role: string;
  readonly claims: Claims;
}

const unauthorized = (code: string, message: string): ApiError =>
  new ApiError(401, code, message, {
    headers: { "www-authenticate": `Bearer error="invalid_token", error_description="${message}"` },
  });

/** The signature and times of a JWT, with PostgREST's words for what is wrong with it. */
const verifyJwt = async (token: string, jwtSecret: string): Promise<Claims> => {
  const parts = token.split(".").length;
  if (parts !== 3) throw unauthorized("PGRST301", `Expected 3 parts in JWT; got ${parts}`);
  try {
    const key = new TextEncoder().encode(jwtSecret);
    return (await jwtVerify(token, key, { algorithms: ["HS256"], clockTolerance: 30 })).payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw unauthorized("PGRST303", "JWT expired");
    if (error instanceof errors.JWTClaimValidationFailed) {
      throw unauthorized(
        "PGRST303",
        error.claim === "nbf" ? "JWT not yet valid" : `JWT claim ${error.claim} is not valid`,
      );
    }
    if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed) {
      throw unauthorized("PGRST301", "No suitable key or wrong key type");
    }
    throw unauthorized("PGRST301", "JWT cryptographic operation failed");
  }
};

/** The role of one of the project's own keys. */
const keyRole = (key: string, keys: ProjectKeys): string | undefined => {
  if (key === keys.secretKey || key === keys.serviceRoleKey) return "service_role";
  return key === keys.publishableKey || key === keys.anonKey ? "anon" : undefined;
};

const gatewayError = (message: string, hint: string): ApiError =>
  new ApiError(401, "401", message, { hint, bare: true });

/**
 * As Supabase does it, in two steps: the gateway wants a known `apikey`, then the API takes its role from the bearer
 * token, or from the key where the token is missing or is that very key.
 * @throws {ApiError} 401
 */
export const authenticate = async (
  { apiKey, authorization }: { readonly apiKey: string | undefined; readonly authorization: string | undefined },
  keys: ProjectKeys,
): Promise<Caller> => {
  if (apiKey === undefined || apiKey === "") {
    throw gatewayError("No API key found in request", "No `apikey` request header or url param was found.");
  }
  let role = keyRole(apiKey, keys);
  if (role === undefined) {
    // Any role key signed with the project's secret will do, as for keys made by hand for a self-hosted project.
    const claims = await verifyJwt(apiKey, keys.jwtSecret).catch(() => undefined);
    if (typeof claims?.role !== "string") {
      throw gatewayError("Invalid API key", "Double check your Supabase `anon` or `service_role` API key.");
    }
    role = claims.role;
  }
  const token = /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined || token === apiKey) return { role, claims: { role } };
  const ofKey = keyRole(token, keys);
  if (ofKey !== undefined) return { role: ofKey, claims: { role: ofKey } };
  const claims = await verifyJwt(token, keys.jwtSecret);
  return { role: typeof claims.role === "string" ? claims.role : "anon", claims };
};
