/** `<meta charset>` or its http-equiv form, as far as ASCII shows it. */
export const declaredCharset = (bytes: Uint8Array): string | undefined => {
  const start = Buffer.from(bytes.subarray(0, 4_096)).toString("latin1");
  return /<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)/i.exec(start)?.[1];
};
