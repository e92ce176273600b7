import { createHmac, randomBytes } from "node:crypto";
import { SignJWT } from "jose";

/** What opens a project: Supabase's older JWT keys and its newer opaque ones, all derived from one secret. */
export interface ProjectKeys {
  readonly jwtSecret: string;
  readonly anonKey: string;
  readonly serviceRoleKey: string;
  readonly publishableKey: string;
  readonly secretKey: string;
}

const tenYearsSeconds = 10 * 365 * 24 * 3_600;

export const newJwtSecret = (): string => randomBytes(32).toString("hex");

/** Signs claims as Supabase Auth would, HS256. */
export const signJwt = (claims: Readonly<Record<string, unknown>>, jwtSecret: string): Promise<string> =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(new TextEncoder().encode(jwtSecret));

export const deriveKeys = async (jwtSecret: string): Promise<ProjectKeys> => {
  const issuedAt = Math.floor(Date.now() / 1_000);
  const roleKey = (role: string): Promise<string> =>
    signJwt({ iss: "supabase", ref: "local", role, iat: issuedAt, exp: issuedAt + tenYearsSeconds }, jwtSecret);
  const opaqueKey = (prefix: string): string =>
    prefix + createHmac("sha256", jwtSecret).update(prefix).digest("base64url").slice(0, 31);
  return {
    jwtSecret,
    anonKey: await roleKey("anon"),
    serviceRoleKey: await roleKey("service_role"),
    publishableKey: opaqueKey("sb_publishable_"),
    secretKey: opaqueKey("sb_secret_"),
  };
};
