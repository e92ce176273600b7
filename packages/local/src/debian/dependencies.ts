/** Part of every system, or (LLVM, 100 MB) needed only for what we switch off. */
const leaveOut = /^(libc6|libllvm\d+|libperl.*)$/;

/**
 * Reads `apt-cache depends --recurse`: package → what it depends on, the first of alternatives only.
 */
export const parseDepends = (output: string): Map<string, string[]> => {
  const graph = new Map<string, string[]>();
  let dependencies: string[] = [];
  let insideAlternatives = false;
  for (const line of output.split("\n")) {
    const [, alternative, name] = /^ ([ |])(?:Pre)?Depends: (\S+)/.exec(line) ?? [];
    if (/^\S/.test(line)) {
      dependencies = [];
      insideAlternatives = false;
      graph.set(line.trim(), dependencies);
    } else if (name !== undefined) {
      if (!insideAlternatives && !name.startsWith("<")) dependencies.push(name);
      insideAlternatives = alternative === "|";
    }
  }
  return graph;
};

/**
 * `packages` and every library that they need, directly or through other libraries, so that the programs also run
 * on an image with next to nothing installed.
 */
export const withLibraries = (packages: readonly string[], graph: ReadonlyMap<string, readonly string[]>): string[] => {
  const wanted = new Set(packages);
  for (const name of wanted) {
    for (const dependency of graph.get(name) ?? []) {
      if (dependency.startsWith("lib") && !leaveOut.test(dependency)) wanted.add(dependency);
    }
  }
  return [...wanted];
};
