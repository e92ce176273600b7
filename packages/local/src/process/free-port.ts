import { createServer } from "node:net";

const listenOnce = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : undefined));
    });
  });

/**
 * A loopback port that was free a moment ago: any, or the first free one from `from` up.
 * Somebody may take it before you do, so a server that finds it taken should ask again.
 */
export const freePort = async (from = 0): Promise<number> => {
  if (from === 0) {
    const port = await listenOnce(0);
    if (port !== undefined) return port;
    throw new Error("No free port on 127.0.0.1");
  }
  for (let port = from; port < Math.min(from + 1_000, 65_536); port += 1) {
    if ((await listenOnce(port)) !== undefined) return port;
  }
  throw new Error(`No free port on 127.0.0.1 from ${from} to ${from + 999}`);
};

/** `count` different loopback ports, the first free ones from `from` up. */
export const freePorts = async (count: number, from: number): Promise<number[]> => {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort((ports.at(-1) ?? from - 1) + 1));
  return ports;
};

const portTaken = /address already in use|port is already allocated/i;

/** Runs `start` on `port`, or on a free one, and on another if somebody took that one in between. */
export const onFreePort = async <T>(port: number | undefined, start: (port: number) => Promise<T>): Promise<T> => {
  if (port !== undefined) return start(port);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === 5 || !portTaken.test(String(error))) throw error;
    }
  }
};
