/**
 * Every machine-readable code that a row, a log line or a problem+json body can carry, with its meaning.
 * `docs/error-codes.md` is generated from this list.
 */
export const errorCodes = {
  // runtime
  invalid_payload: "The job's payload does not match its queue's schema. Fix the producer; the job is kept.",
  unexpected_error: "An error nobody classified. The job is retried; the log line holds the stack.",
  attempts_exhausted: "Every attempt failed with a transient error. Retry it once the cause is gone.",
  retry_later_exhausted: "The job was put off too many times without progress.",
  no_progress: "The job went on as a continuation too many times without progress.",
  poison: "Workers died again and again while holding this job; it is set aside. Look at memory limits, then retry.",
  timeout: "One attempt ran longer than its queue allows.",
  tenant_mismatch: "The row does not exist for this organisation.",
  superseded: "A newer version of the row took over.",
  stale_lease: "Another worker took this row over; this one's writes are refused.",
  job_unknown: "No job has this name. The job is kept; fix its producer, or take it away.",
  asset_unknown: "The platform's functions legacy_asset and legacy_article know no file behind this id.",
  connection_unknown: "The organisation has no CRM connection that fits, or more than one.",
  // documents
  file_missing: "The stored object is gone. Upload the file again.",
  file_empty: "The file holds no bytes.",
  file_too_large: "The file is above the size limit.",
  file_too_many_pages: "The file has more pages than the organisation may have read.",
  file_too_many_chunks: "The file makes more passages than the organisation may store.",
  file_unsupported: "The file's format is not one that can be read.",
  file_mislabelled: "The file's content is not what its name says, and the content cannot be read.",
  file_corrupt: "The file is damaged or cut short.",
  password_required:
    "The file is protected by a password. Give a PDF's with PUT /v1/documents/:id/password, save others without one.",
  file_no_text: "The file holds no text, for instance a scan without text recognition.",
  part_unreadable: "A part of the file could not be read; the rest is searchable.",
  attachment_skipped: "An attachment was left out; the message itself is searchable.",
  ocr_unavailable: "Text recognition is asked for, but its program or its language data is not installed.",
  file_bomb: "The file unpacks to far more than its size allows.",
  parser_timeout: "Reading the file took longer than allowed.",
  parser_memory: "Reading the file took more memory than allowed.",
  // providers
  ai_unauthorized: "The AI provider refused the key.",
  ai_payment_required: "The AI account has no credit left.",
  ai_budget_spent: "The organisation's AI budget for the day or month is used up.",
  ai_rate_limited: "The AI provider asks to slow down.",
  ai_bad_request: "The AI provider refused the request itself.",
  ai_bad_response: "The AI provider's answer does not fit the request.",
  ai_unavailable: "The AI provider does not answer.",
  chunks_quarantined: "Some chunks could not be embedded; the rest of the document is searchable.",
  // calls to hosts that a tenant or a provider chose
  egress_refused:
    "The address may not be reached from here: it does not resolve, or it is private, malformed or on a port that is not allowed.",
  egress_failed: "The destination did not answer in time, or broke off.",
  // CRM
  crm_unauthorized: "The CRM refused the token. Connect the account again.",
  crm_forbidden: "The CRM does not allow this to the connected user, or has blocked our address.",
  crm_payment_required: "The CRM account is not paid for, or its plan lacks the API.",
  crm_rate_limited: "The CRM's limit is used up for now; the work goes on by itself.",
  crm_bad_request: "The CRM refused the request itself.",
  crm_bad_response: "The CRM's answer does not fit its documentation.",
  crm_unavailable: "The CRM does not answer.",
  crm_write_unclear: "Nobody knows whether the CRM stored the record; it is searched for before the next try.",
  crm_record_refused: "The CRM refused this record; the others were written.",
  crm_filter_ignored:
    "The CRM ignored a filter, so that what changed cannot be told; the account is read in full instead.",
  // webhooks
  webhook_signature: "The webhook's signature or secret is wrong, or its time is outside the window.",
  webhook_too_large: "The webhook's body is above the limit.",
  webhook_media_type: "The webhook's content type is not one that can be read.",
  webhook_unreadable: "The webhook's body cannot be read.",
  endpoint_failed: "The endpoint did not accept the delivery.",
  endpoint_disabled: "The endpoint is disabled; nothing is sent to it until it is enabled again.",
  // storage and database
  database_unavailable: "The database does not answer.",
  database_refused: "The database refused the write.",
  storage_unavailable: "File storage does not answer.",
  queue_unavailable: "Redis does not answer; the row is stored and its job follows by itself.",
  // HTTP
  unauthorized: "No valid API key.",
  forbidden: "The key does not cover this call.",
  not_found: "Nothing with this id belongs to the organisation.",
  invalid_request: "The request does not match the API's schema.",
  conflict: "The request contradicts the row's present state.",
  rate_limited: "Too many requests with this key.",
  internal_error: "Our own fault; the request id finds the log line.",
} as const;

export type ErrorCode = keyof typeof errorCodes;

const takenOver: ReadonlySet<ErrorCode> = new Set(["superseded", "stale_lease", "tenant_mismatch"]);

/** The row is a newer generation's, another worker's, or nobody's by now: there is nothing left to do or to mark. */
export const isTakenOver = (code: ErrorCode): boolean => takenOver.has(code);

const needsAPerson: ReadonlySet<ErrorCode> = new Set([
  "password_required",
  "file_too_large",
  "file_too_many_pages",
  "file_too_many_chunks",
  "ocr_unavailable",
  "ai_payment_required",
  "ai_budget_spent",
  "ai_unauthorized",
]);

/** How a row ends: `blocked` waits for a person's other file, key or payment; everything else has `failed`. */
export const endState = (code: ErrorCode): "failed" | "blocked" => (needsAPerson.has(code) ? "blocked" : "failed");
