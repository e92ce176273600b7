import type { IncomingMessage } from "node:http";
import { isKnownContentType } from "@gpt-agent/signatures/parse-body";
import { Problem } from "../problem.ts";

/** The content type, where the body is one that can be read: JSON or a form, and not compressed (a bomb may be). */
export const readableType = ({ headers }: IncomingMessage): string | undefined => {
  const type = headers["content-type"] ?? "";
  const encoding = headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  return isKnownContentType(type) && encoding === "identity" ? type : undefined;
};

/**
 * The body's bytes. What is above the limit is refused as soon as that is known, and not kept.
 * @throws {Problem} `webhook_too_large`; Error where the sender went away
 */
export const readBody = (req: IncomingMessage, maxBytes: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const tooLarge = (): void => {
      // What is still on its way is thrown away unread: a connection closed over it might take the answer with it.
      req.resume();
      const detail = `The body is above the limit of ${maxBytes} bytes.`;
      reject(new Problem("webhook_too_large", detail, { headers: { connection: "close" } }));
    };
    if (Number(req.headers["content-length"] ?? 0) > maxBytes) return tooLarge();

    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= maxBytes) return;
      req.off("data", onData);
      tooLarge();
    };
    req.on("data", onData);
    req.once("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    req.once("error", reject);
    req.once("close", () => {
      // After every message: nothing is made for those that came whole.
      if (!req.complete) reject(new Error("the sender went away"));
    });
    return undefined;
  });

/**
 * The sender's address: that of the connection, or what the outermost of our proxies saw. Entries of X-Forwarded-For
 * further left were written by the sender and prove nothing.
 */
export const senderAddress = ({ headers, socket }: IncomingMessage, trustedProxyHops: number): string => {
  const forwarded = [headers["x-forwarded-for"] ?? []].flat().join(",").split(",");
  const seen = [...forwarded.map((entry) => entry.trim()).filter((entry) => entry !== ""), socket.remoteAddress ?? ""];
  return seen[Math.max(0, seen.length - 1 - trustedProxyHops)] ?? "";
};
