import { writeFile } from "node:fs/promises";
import { untilStopped } from "@gpt-agent/local/process/until-stopped";

// Says when it runs, and leaves a file when it was asked to end.
const [, , file = ""] = process.argv;
const stopped = untilStopped();
process.stdout.write("ready\n");
await stopped;
await writeFile(file, "stopped");
