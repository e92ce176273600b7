import type { Document } from "@gpt-agent/client";
import type { ReactNode } from "react";
import { useTexts } from "../texts/language.tsx";
import { Badge, type Tone } from "../ui/badge.tsx";

const tones: Readonly<Record<Document["state"], Tone>> = {
  queued: "idle",
  processing: "busy",
  embedding: "busy",
  ready: "good",
  ready_partial: "warn",
  failed: "bad",
  blocked: "warn",
  deleting: "idle",
};

export const DocumentState = ({ state }: { readonly state: Document["state"] }): ReactNode => (
  <Badge tone={tones[state]}>{useTexts().documents.states[state]}</Badge>
);

/** Still on its way to being searchable. */
export const isMoving = ({ state }: Pick<Document, "state">): boolean =>
  state === "queued" || state === "processing" || state === "embedding" || state === "deleting";
