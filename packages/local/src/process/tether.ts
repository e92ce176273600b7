import { spawn } from "node:child_process";
import { Socket } from "node:net";

/**
 * A shell that outlives this process by a moment. It reads what to end and what to remove from its standard input;
 * when this process ends in whatever way, SIGKILL included, the pipe closes, and the shell ends every process still
 * listed, gives them five seconds, kills the rest and removes the folders. One shell serves the whole process.
 */
const watcher = `
trap '' INT TERM HUP
processes=
set --
while read -r verb value rest; do
  case $verb in
    end) processes="$processes $value:$rest" ;;
    ended) kept=; for p in $processes; do [ "\${p%%:*}" = "$value" ] || kept="$kept $p"; done; processes=$kept ;;
    remove) set -- "$@" "$value\${rest:+ $rest}" ;;
  esac
done
for p in $processes; do kill -s "\${p#*:}" "\${p%%:*}" 2>/dev/null; done
tries=0
while [ $tries -lt 50 ]; do
  alive=
  for p in $processes; do kill -0 "\${p%%:*}" 2>/dev/null && alive=1; done
  [ -n "$alive" ] || break
  sleep 0.1
  tries=$((tries + 1))
done
for p in $processes; do kill -s KILL "\${p%%:*}" 2>/dev/null; done
[ $# -eq 0 ] || rm -rf -- "$@"
`;

let tell: ((line: string) => void) | undefined;

const startWatcher = (): ((line: string) => void) => {
  const shell = spawn("/bin/sh", ["-c", watcher], { cwd: "/", detached: true, stdio: ["pipe", "ignore", "ignore"] });
  shell.unref();
  shell.on("error", () => {}); // Without a shell nothing is tethered; an orderly stop still cleans up.
  shell.stdin.on("error", () => {});
  // The pipe must not keep this process alive: its closing is the whole point.
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  return (line) => void shell.stdin.write(`${line}\n`);
};

const send = (line: string): void => {
  tell ??= startWatcher();
  tell(line);
};

/** Ends the process `pid` with `signal` (a name without SIG) when this process is gone. */
export const endWithUs = (pid: number, signal: "TERM" | "INT"): void => send(`end ${pid} ${signal}`);

/** The process has ended by itself: its number may belong to a stranger soon. */
export const hasEnded = (pid: number): void => send(`ended ${pid}`);

/** Removes the folder or file when this process is gone. Removing it earlier is fine. */
export const removeWithUs = (path: string): void => send(`remove ${path}`);
