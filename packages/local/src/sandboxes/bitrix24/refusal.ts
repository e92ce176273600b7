/** A method's error: it becomes the whole answer, or an entry of `result_error` inside a batch. */
export class BitrixRefusal extends Error {
  override name = "BitrixRefusal";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, description: string) {
    super(description);
    this.status = status;
    this.code = code;
  }

  get body(): { readonly error: string; readonly error_description: string } {
    return { error: this.code, error_description: this.message };
  }
}
