import { createSocket } from "node:dgram";
import { once } from "node:events";

type Addresses = readonly string[];

export interface NameServer {
  /** `127.0.0.1:5353` */
  readonly address: string;
  /** `A hooks.example.com`, in the order they came. */
  readonly questions: readonly string[];
  /** The answers of one name, one after the other; the last stays. `undefined`: no answer at all. */
  readonly set: (name: string, ...answers: readonly (Addresses | undefined)[]) => void;
  readonly close: () => void;
}

const types: Readonly<Record<number, "A" | "AAAA">> = { 1: "A", 28: "AAAA" };

const readName = (message: Buffer): { readonly name: string; readonly end: number } => {
  const labels: string[] = [];
  let at = 12;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
};

const bytesOf = (address: string): Buffer => {
  if (!address.includes(":")) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string): number[] => (text === "" ? [] : text.split(":").map((group) => parseInt(group, 16)));
  const before = groups(head);
  const after = groups(tail);
  const all = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
};

/**
 * A name server on loopback (RFC 1035: A and AAAA), so that the real resolver is what is tested.
 * @param ttlS how long its answers hold
 */
export const startNameServer = async (ttlS = 0): Promise<NameServer> => {
  const answers = new Map<string, (Addresses | undefined)[]>();
  const asked = new Map<string, number>();
  const questions: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (message, sender) => {
    const { name, end } = readName(message);
    const type = types[message.readUInt16BE(end)] ?? "A";
    questions.push(`${type} ${name}`);
    const turns = answers.get(name);
    const turn = asked.get(`${type} ${name}`) ?? 0;
    asked.set(`${type} ${name}`, turn + 1);
    const addresses = turns === undefined ? [] : turns[Math.min(turn, turns.length - 1)];
    if (addresses === undefined) return;
    const fitting = addresses.filter((address) => address.includes(":") === (type === "AAAA"));
    const header = Buffer.from(message.subarray(0, 12));
    header.writeUInt16BE(turns === undefined ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(fitting.length, 6);
    header.writeUInt32BE(0, 8);
    const records = fitting.map((address) => {
      const data = bytesOf(address);
      const record = Buffer.alloc(12);
      record.writeUInt16BE(0xc00c, 0);
      record.writeUInt16BE(type === "A" ? 1 : 28, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt32BE(ttlS, 6);
      record.writeUInt16BE(data.length, 10);
      return Buffer.concat([record, data]);
    });
    socket.send(Buffer.concat([header, message.subarray(12, end + 4), ...records]), sender.port, sender.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    set: (name, ...turns) => {
      answers.set(name, [...turns]);
      asked.delete(`A ${name}`);
      asked.delete(`AAAA ${name}`);
    },
    close: () => socket.close(),
  };
};
