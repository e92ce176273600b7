// One process per measurement: the peak of its memory is the figure. Arguments: a file's path and name.
import { extractLarge } from "@gpt-agent/app-kb-files/extract-large";

const [path = "", fileName = ""] = process.argv.slice(2);
const large = await extractLarge(path, { fileName, maxTokens: 400, overlapTokens: 0 });
if (large === undefined) throw new Error(`${fileName} was not read piece by piece`);
let chunkCount = 0;
for await (const { chunks } of large.parts) chunkCount += chunks.length;
process.send?.({ maxRssMb: process.resourceUsage().maxRSS / 1024, chunkCount });
