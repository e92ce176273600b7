import { readFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");

/** A vendor's program: looks whether the files of this repository that it is given exist, and says its name. */
export const vendorProgram = `#!/bin/bash
for given in "$@"; do
  case $given in apps/*|infra/*|docker/*|packages/*) [ -e "$given" ] || { echo "there is no $given" >&2; exit 1; } ;; esac
done
cat >/dev/null
echo "\${0##*/}"
`;

const scripts = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> })
  .scripts;

/** Runs a script of package.json as pnpm does, from the folder that the line is run in. */
export const pnpmProgram = `#!/bin/bash
[ "$1" = --silent ] && shift
script=$1; shift
# Two will do where a line goes through all: each is a process or two.
[ "$script $*" = "infra apps" ] && { printf 'webhooks\\napi\\n'; exit; }
case $script in
${Object.entries(scripts)
  .filter(([, command]) => command.startsWith("node "))
  .map(([name, command]) => `  ${name}) exec ${command} "$@" ;;`)
  .join("\n")}
  *) echo "no script $script" >&2; exit 1 ;;
esac
`;

/** The real curl, for this machine's programs alone; an answer of 400 and above is a failure. */
export const curlProgram = (curl: string, worker: string, api: string) => `#!/bin/bash
args=()
for given in "$@"; do
  case $given in https://*) exit 0 ;; esac
  given=\${given//http:\\/\\/localhost:3001/${worker}}
  given=\${given//http:\\/\\/localhost:3000/${api}}
  args+=("$given")
done
exec ${curl} --fail-with-body --silent --show-error "\${args[@]}"
`;

/** Writes programs, by name, into a folder for the PATH. */
export const writePrograms = async (folder: string, programs: Readonly<Record<string, string>>): Promise<void> => {
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  }
};
