import { EgressError } from "./egress-error.ts";

/** They say how the message is framed or where it goes, and are the client's alone (RFC 9110 §7.6.1, RFC 9112). */
const ours: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

const nameForm = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// Visible characters, blanks, tabs, and bytes above 127; no line break, no NUL.
const valueForm = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A header that a tenant may choose for the requests we send: well-formed, and not one that frames or routes them. */
export const isSendableHeader = (name: string, value: string): boolean =>
  nameForm.test(name) && valueForm.test(value) && !ours.has(name.toLowerCase());

/**
 * Names and values in turns, for the wire. What is answered compressed would be a bomb or, cut, unreadable: unless the
 * caller asks for an encoding itself, we ask for none. Nothing is inflated either way.
 * @throws {EgressError} `egress_refused`
 */
export const wireHeaders = (headers: Readonly<Record<string, string>> = {}): string[] => {
  const wire: string[] = [];
  let encodingChosen = false;
  for (const [name, value] of Object.entries(headers)) {
    if (!isSendableHeader(name, value)) throw new EgressError("egress_refused", "headers");
    if (name.toLowerCase() === "accept-encoding") encodingChosen = true;
    wire.push(name, value);
  }
  if (!encodingChosen) wire.push("accept-encoding", "identity");
  return wire;
};
