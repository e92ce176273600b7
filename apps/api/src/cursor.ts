import { createHash } from "node:crypto";
import { notFound, Problem } from "./problem.ts";

/** Whose list a cursor belongs to. */
export interface CursorOwner {
  readonly orgId: string;
  readonly operationId: string;
}

const tagLength = 12;

// No secret: rows are chosen by organisation whatever a cursor says. The tag tells a stolen or misplaced cursor from a
// page that happens to be empty.
const tagOf = ({ orgId, operationId }: CursorOwner, cursor: string): string =>
  createHash("sha256").update(`${orgId}\n${operationId}\n${cursor}`).digest("base64url").slice(0, tagLength);

/** As a client gets it. */
export const bindCursor = (owner: CursorOwner, cursor: string): string => `${cursor}.${tagOf(owner, cursor)}`;

/** @throws {Problem} `invalid_request` for what is no cursor at all, `not_found` for another's or another list's. */
export const openCursor = (owner: CursorOwner, presented: string): string => {
  const end = presented.lastIndexOf(".");
  const [cursor, tag] = [presented.slice(0, end), presented.slice(end + 1)];
  if (end <= 0 || tag.length !== tagLength) {
    throw new Problem("invalid_request", "The cursor is not one that this list gave out; start without it.");
  }
  if (tag !== tagOf(owner, cursor)) throw notFound("page");
  return cursor;
};
