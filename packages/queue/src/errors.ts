/** Redis did not answer in time. The job may have been stored all the same: repeating the enqueue is safe. */
export class QueueUnavailableError extends Error {
  override name = "QueueUnavailableError";
  readonly code = "queue_unavailable" as const;
}
