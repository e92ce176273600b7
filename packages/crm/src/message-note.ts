import type { OutgoingMessage, WriteOperation } from "./provider.ts";

/** A message as a note on its deal, for CRMs whose API sends no mail and runs no chat; the first line says what it was. */
export const messageNote = (message: OutgoingMessage): WriteOperation => {
  const { dealId, channel, subject, body, attachments = [], externalId } = message;
  const heading = channel === "email" ? "Email" : "Chat";
  const lines = [
    subject === undefined || subject === "" ? heading : `${heading}: ${subject}`,
    body,
    ...attachments.map(({ name, url }) => `${name}: ${url}`),
  ];
  return {
    entity: "note",
    externalId,
    fields: { text: lines.join("\n\n") },
    customFields: {},
    links: [{ entity: "deal", remoteId: dealId }],
  };
};
