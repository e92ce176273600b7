/** Why something does not open. The message never holds plaintext, ciphertext or keys. */
export type SealFailure =
  /** The text is not a sealed value or a data-key record; perhaps plaintext was stored where only ciphertext belongs. */
  | "not_sealed"
  /** Sealed with a key that is not at hand. */
  | "unknown_key"
  /** Damaged, or sealed for another organisation, table, row or column. The two cannot be told apart. */
  | "refused";

export class SealError extends Error {
  override name = "SealError";
  readonly reason: SealFailure;

  constructor(reason: SealFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}
