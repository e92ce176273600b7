import type { Request } from "express";
import { sameSecret } from "./auth.ts";
import { Problem } from "./problem.ts";

export interface AdminAccess {
  readonly adminToken?: { reveal(): string } | undefined;
  readonly production: boolean;
}

/**
 * Who may see the operator's pages. With a token: who presents it, as a bearer or as the password of basic
 * authentication (any user name), which is what a browser asks for. Without one: nobody in production, and in
 * development whoever sits at this machine.
 * @throws {Problem} `unauthorized`, or `not_found` where the pages are off.
 */
export const requireAdmin = ({ adminToken, production }: AdminAccess, req: Request): void => {
  if (adminToken) {
    const presented = presentedToken(req.get("authorization"));
    if (presented !== undefined && sameSecret(presented, adminToken.reveal())) return;
    throw new Problem("unauthorized", "Sign in with ADMIN_TOKEN as the password; the user name does not matter.", {
      headers: { "www-authenticate": 'Basic realm="admin", charset="UTF-8"' },
    });
  }
  if (!production && isFromThisMachine(req)) return;
  throw new Problem("not_found", "The operator's pages are off here. Set ADMIN_TOKEN to open them.");
};

const presentedToken = (authorization = ""): string | undefined => {
  const [scheme = "", credentials = ""] = authorization.split(" ", 2);
  if (scheme.toLowerCase() === "bearer") return credentials;
  if (scheme.toLowerCase() !== "basic") return undefined;
  const decoded = Buffer.from(credentials, "base64").toString("utf8");
  return decoded.slice(decoded.indexOf(":") + 1);
};

/**
 * A loopback connection alone proves little: a proxy on this machine forwards others' requests, and a web page whose
 * name resolves to 127.0.0.1 makes the operator's own browser call. Hence no forwarding header, and a loopback Host.
 */
const isFromThisMachine = (req: Request): boolean =>
  /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(req.socket.remoteAddress ?? "") &&
  req.get("x-forwarded-for") === undefined &&
  req.get("forwarded") === undefined &&
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i.test(req.get("host") ?? "");
