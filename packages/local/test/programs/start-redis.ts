import { startRedis } from "@gpt-agent/local/redis/start-redis";

// A parent that a test kills: says what it started, then stays.
const { pid, port } = await startRedis();
process.stdout.write(`${JSON.stringify({ pid, port })}\n`);
setInterval(() => {}, 1_000);
