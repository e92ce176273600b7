import { lookup, Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import { EgressError } from "./egress-error.ts";

export interface ResolveSettings {
  /** In place of the machine's: `127.0.0.1:5353`. */
  readonly servers?: readonly string[];
  readonly timeoutMs?: number;
  /** Answers are kept for their time to live, at most this long. */
  readonly maxAgeMs?: number;
}

export interface ResolveHost {
  /** What was answered a moment ago and still holds. */
  readonly known: (host: string) => readonly string[] | undefined;
  /**
   * Every address of a name, an IPv4 one first and the families in turn; asked for once however many wait for it.
   * @throws {EgressError} `egress_refused` where the name has none, `egress_failed` where nobody could say
   */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  /** Like a program of this machine would: with its hosts file. For names the operator has allowed, and only those. */
  readonly resolveAllowed: (host: string) => Promise<readonly string[]>;
}

interface Answer {
  readonly addresses: readonly string[];
  readonly validUntilMs: number;
}

const maxAnswers = 2_000;

/** The name server said that there is nothing: an answer, unlike a time-out. */
const saidNone: ReadonlySet<unknown> = new Set(["ENODATA", "ENOTFOUND", "EBADNAME"]);

/** The first of each list, then the second of each: whoever has only one family meets it soon. */
const alternating = <T>(lists: readonly (readonly T[])[]): readonly T[] =>
  Array.from({ length: Math.max(...lists.map((list) => list.length)) }, (_, index) =>
    lists.flatMap((list) => list.slice(index, index + 1)),
  ).flat();

/**
 * Asks the name servers itself instead of `getaddrinfo`, which occupies one of four threads per question: a tenant with
 * a slow name server would stop everyone's.
 */
export const makeResolveHost = ({
  servers,
  timeoutMs = 1_500,
  maxAgeMs = 30_000,
}: ResolveSettings = {}): ResolveHost => {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
  if (servers !== undefined) resolver.setServers(servers);
  const answers = new Map<string, Answer>();
  const asked = new Map<string, Promise<readonly string[]>>();

  const ask = async (host: string): Promise<readonly string[]> => {
    const replies = await Promise.allSettled([
      resolver.resolve4(host, { ttl: true }),
      resolver.resolve6(host, { ttl: true }),
    ]);
    const records = alternating(replies.map((reply) => (reply.status === "fulfilled" ? reply.value : [])));
    if (records.length === 0) {
      const unsaid = replies.find((reply) => reply.status === "rejected" && !saidNone.has(reply.reason?.code));
      if (unsaid?.status === "rejected") throw new EgressError("egress_failed", "resolver", { cause: unsaid.reason });
      throw new EgressError("egress_refused", "unresolved");
    }
    const addresses = records.map(({ address }) => address);
    const ageMs = Math.min(maxAgeMs, ...records.map(({ ttl }) => ttl * 1_000));
    if (ageMs > 0) {
      answers.delete(host);
      answers.set(host, { addresses, validUntilMs: performance.now() + ageMs });
      const oldest = answers.size > maxAnswers ? answers.keys().next().value : undefined;
      if (oldest !== undefined) answers.delete(oldest);
    }
    return addresses;
  };

  return {
    known: (host) => {
      const answer = answers.get(host);
      return answer !== undefined && answer.validUntilMs > performance.now() ? answer.addresses : undefined;
    },
    resolve: (host) => {
      const underWay = asked.get(host);
      if (underWay !== undefined) return underWay;
      const question = ask(host).finally(() => asked.delete(host));
      asked.set(host, question);
      return question;
    },
    resolveAllowed: async (host) => {
      try {
        const found = await lookup(host, { all: true, order: "ipv4first" });
        return found.map(({ address }) => address).filter((address) => isIP(address) !== 0);
      } catch (error) {
        throw new EgressError("egress_failed", "resolver", { cause: error });
      }
    },
  };
};
