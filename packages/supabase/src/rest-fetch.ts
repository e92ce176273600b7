import { Agent, request } from "undici";

/** A Response may not have a body with these, not even an empty one. */
const withoutBody: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * `fetch` for PostgREST: short texts there and back. A call costs half the CPU of the global one, which makes streams of
 * both bodies and leaves them to the slow half of the garbage collector. Compression is not asked for.
 * @param timeoutMs for the answer's head, and for each silence in its body
 * @throws {TypeError} as `fetch` does, with its cause, where no answer came; the signal's reason where that aborted
 */
export const makeRestFetch = (timeoutMs: number): typeof fetch => {
  const dispatcher = new Agent({ headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
  return async (input, init = {}) => {
    const { method = "GET", signal = null, body = null } = init;
    if (input instanceof Request || (body !== null && typeof body !== "string")) {
      throw new TypeError("the database is asked with an address and a text");
    }
    try {
      const answer = await request(input, { dispatcher, method, headers: new Headers(init.headers), body, signal });
      const text = await answer.body.text();
      const headers = new Headers();
      for (const [name, value] of Object.entries(answer.headers)) {
        for (const one of [value ?? []].flat()) headers.append(name, one);
      }
      const { statusCode: status } = answer;
      return new Response(withoutBody.has(status) ? null : text, { status, headers });
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      throw new TypeError("fetch failed", { cause: error });
    }
  };
};
