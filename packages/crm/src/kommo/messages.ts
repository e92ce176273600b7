import type { CallOptions, OutgoingMessage, WriteResult } from "../provider.ts";
import { tidySaid, WriteUnclearError } from "../transport/errors.ts";
import { at, textOf } from "../transport/read-body.ts";
import type { Transport } from "../transport/transport.ts";
import { pageSize, readList } from "./api.ts";
import { noteId } from "./records.ts";
import { listOf, rowSchema, writtenSchema } from "./schemas.ts";

/** Who the note says it is from: the channel's name. */
const services: Readonly<Record<OutgoingMessage["channel"], string>> = { email: "Email", chat: "Chat" };

const textFor = ({ subject, body, attachments = [] }: OutgoingMessage): string =>
  [
    ...(subject === undefined || subject === "" ? [] : [subject]),
    body,
    ...attachments.map(({ name, url }) => `${name}: ${url}`),
  ].join("\n\n");

/**
 * A message as a note of kind `service_message` on the lead: shown in its feed as from a service, named by the channel, so
 * that nobody takes it for a colleague's own note. The API can neither send mail nor write into a chat it does not run.
 */
export const makeSendMessage =
  (transport: Transport) =>
  async (message: OutgoingMessage, options: CallOptions): Promise<WriteResult> => {
    if (!/^\d+$/u.test(message.dealId)) {
      return { state: "refused", code: "crm_record_refused", message: "The deal's id is not one of this CRM." };
    }
    const text = textFor(message);
    const path = `leads/${message.dealId}/notes`;
    if (message.triedSinceMs !== undefined) {
      const query = { "filter[updated_at][from]": Math.floor(message.triedSinceMs / 1_000) - 60, limit: pageSize };
      const notes = await readList(transport, { path, what: "notes", row: rowSchema, query }, options);
      const found = notes.find(
        (note) => note.note_type === "service_message" && textOf(at(note.params, "text")) === text,
      );
      if (found !== undefined) {
        return { state: "written", remoteId: noteId("leads", found.id), updatedAtMs: (found.updated_at ?? 0) * 1_000 };
      }
    }
    const json = [
      { note_type: "service_message", params: { service: services[message.channel], text }, request_id: "0" },
    ];
    try {
      const answer = await transport.call(
        { method: "POST", path: `/api/v4/${path}`, json, effect: "write", accept: [400, 404, 422] },
        options,
      );
      if (answer.status >= 400) {
        const said = textOf(at(answer.body, "detail")) ?? `status ${answer.status}`;
        return { state: "refused", code: "crm_record_refused", message: tidySaid(said) };
      }
      const written = listOf("notes", writtenSchema).safeParse(answer.body);
      const row = written.success ? written.data[0] : undefined;
      return row === undefined
        ? { state: "unclear", message: "The CRM did not name the note it stored." }
        : { state: "written", remoteId: noteId("leads", row.id), updatedAtMs: undefined };
    } catch (error) {
      if (error instanceof WriteUnclearError) return { state: "unclear", message: error.message };
      throw error;
    }
  };
