import type { Scheme } from "@gpt-agent/signatures/scheme";
import { sendAs, type Sending } from "@gpt-agent/signatures/send-as";

export interface SourceAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: string;
}

/**
 * Sends one event to an inbound source, signed as its sender would.
 * @param sending `url` is the source's address as it was shown (PUBLIC_URL and `/hooks/…`): HubSpot signs it
 */
export const sendToSource = async (scheme: Scheme, sending: Sending): Promise<SourceAnswer> => {
  const { method, headers, body } = sendAs(scheme, sending);
  const response = await fetch(sending.url, { method, headers, body, redirect: "manual" });
  return {
    status: response.status,
    contentType: response.headers.get("content-type") ?? undefined,
    body: await response.text(),
  };
};
