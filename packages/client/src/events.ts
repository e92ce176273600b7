import type { Send, Wire } from "./send.ts";

/** `progress` after every change, `deleted` when the thing is gone. */
export type ServerEvent<T> =
  | { readonly event: "progress"; readonly data: T }
  | { readonly event: "deleted"; readonly data: { readonly id: string } };

interface RawEvent {
  readonly event: string;
  readonly data: string;
}

/** The lines of a `text/event-stream`, gathered into events. */
export async function* parseEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<RawEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true }).replaceAll("\r\n", "\n")).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const fields = block.split("\n").map((line) => /^(\w+): ?(.*)$/.exec(line));
        const all = (name: string): string[] =>
          fields.flatMap((field) => (field?.[1] === name ? [field[2] ?? ""] : []));
        const data = all("data");
        if (data.length > 0) yield { event: all("event")[0] ?? "message", data: data.join("\n") };
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

const reconnectAfterMs = 1_000;
const longestPauseMs = 30_000;

/**
 * Events until the last one, over as many connections as it takes: each begins with the present state, so a broken one
 * loses nothing. Leaving the loop closes the connection.
 */
export async function* followEvents<T>(
  send: Send,
  wire: Wire,
  options: { readonly signal?: AbortSignal },
): AsyncGenerator<ServerEvent<T>> {
  for (let failures = 0; ; failures += 1) {
    // An address that is refused is no broken connection: this throws.
    const { body } = await send(wire, options);
    try {
      if (body) {
        for await (const { event, data } of parseEvents(body)) {
          if (event === "end") return;
          failures = 0;
          yield { event, data: JSON.parse(data) as unknown } as ServerEvent<T>;
        }
      }
    } catch (error) {
      if (options.signal?.aborted || error instanceof SyntaxError) throw error;
    }
    const delayMs = Math.min(reconnectAfterMs * 2 ** failures, longestPauseMs);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    options.signal?.throwIfAborted();
  }
}
