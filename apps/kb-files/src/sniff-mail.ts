const known =
  /^(from|to|cc|subject|date|message-id|mime-version|received|return-path|reply-to|content-type|delivered-to)$/;
const onlyInMail = /^(from|message-id|mime-version|received|return-path|delivered-to)$/;
const fewestKnown = 3;

/** An Internet message begins with header lines: at least three known ones before the first empty line. */
export const looksLikeMail = (buffer: Buffer): boolean => {
  const start = buffer.subarray(0, 65_536).toString("latin1");
  if (!/^(From |[!-9;-~]{1,76}:)/.test(start)) return false;
  const lines = start.split(/\r?\n/);
  const names = new Set<string>();
  for (const [index, line] of lines.entries()) {
    if (line === "") break;
    // The line that mailbox files put before each message; a header's continuation.
    if ((index === 0 && line.startsWith("From ")) || (index > 0 && /^[ \t]/.test(line))) continue;
    const name = /^([!-9;-~]{1,76}):/.exec(line)?.[1];
    if (name === undefined) {
      if (index < lines.length - 1) return false;
      break;
    }
    names.add(name.toLowerCase());
  }
  const found = [...names].filter((name) => known.test(name));
  return found.length >= fewestKnown && found.some((name) => onlyInMail.test(name));
};
