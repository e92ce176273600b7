import { execFile } from "node:child_process";
import { cp, mkdir, realpath, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { cachedFolder } from "@gpt-agent/local/debian/cache";
import { readRelease } from "@gpt-agent/local/debian/release";
import { readSourceFiles, sourcesOfSuite } from "@gpt-agent/local/debian/sources";
import { environment } from "@gpt-agent/local/process/environment";
import { findOnPath } from "@gpt-agent/local/process/find-on-path";
import type { Buildah } from "./buildah.ts";

const run = promisify(execFile);
const suite = "bookworm";
const certificates = "/etc/ssl/certs/ca-certificates.crt";

/** A mirror that this machine uses for its own packages: no address is ours to choose. */
const findMirror = async (): Promise<string> => {
  const entries = sourcesOfSuite(await readSourceFiles(), suite, suite);
  const mirror = /^deb-src (?:\[[^\]]*\] )?(\S+)/m.exec(entries)?.[1];
  if (mirror !== undefined) return mirror;
  const { id, version } = await readRelease();
  throw new Error(`The base image is Debian ${suite}, and this ${id} ${version} has no mirror of it.`);
};

/** What the official image has beside Debian: Node and npm below /usr/local, and a user `node` with uid 1000. */
const addNode = async (root: string): Promise<void> => {
  const local = join(root, "usr/local");
  await cp(await realpath(process.execPath), join(local, "bin/node"));
  const program = await findOnPath(["npm"], environment["PATH"] ?? "");
  if (program === undefined) throw new Error("There is no npm on the PATH to put into the base image.");
  const npm = join(local, "lib/node_modules/npm");
  await mkdir(dirname(npm), { recursive: true });
  // …/npm/bin/npm-cli.js
  await cp(dirname(dirname(await realpath(program))), npm, { recursive: true, verbatimSymlinks: true });
  for (const name of ["npm", "npx"])
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, "bin", name));
  await run("chroot", [
    root,
    "/usr/sbin/useradd",
    "--uid",
    "1000",
    "--user-group",
    "--create-home",
    "--shell",
    "/bin/bash",
    "node",
  ]);
};

/** Debian's minimal system from the machine's own mirror, with this repository's Node. */
const makeRoot = (buildah: Buildah): Promise<string> =>
  cachedFolder(`node-${process.versions.node}-${suite}`, async (root) => {
    const options = ["--variant=minbase", "--include=ca-certificates", suite, root, await findMirror()];
    await run(join(buildah.root, "usr/sbin/debootstrap"), options, {
      env: { ...environment, DEBOOTSTRAP_DIR: join(buildah.root, "usr/share/debootstrap") },
      maxBuffer: 64 * 2 ** 20,
    });
    await addNode(root);
  });

/**
 * A stand-in for `node:<version>-bookworm-slim`, which no registry can be asked for here. Made once and kept.
 * @returns its name
 */
export const makeBaseImage = async (buildah: Buildah): Promise<string> => {
  const name = `localhost/node:${process.versions.node}-${suite}-slim`;
  const images = await buildah.run("images", "--format", "{{.Name}}:{{.Tag}}");
  if (images.split("\n").includes(name)) return name;
  const root = await makeRoot(buildah);
  const container = await buildah.run("from", "scratch");
  await buildah.run("add", container, root, "/");
  // A build trusts what this machine trusts, which may sit behind a proxy with a certificate of its own.
  await buildah.run("copy", container, certificates, certificates);
  const env = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    `NODE_EXTRA_CA_CERTS=${certificates}`,
    `SSL_CERT_FILE=${certificates}`,
  ];
  await buildah.run("config", ...env.flatMap((variable) => ["--env", variable]), container);
  await buildah.run("commit", "--format", "docker", "--rm", container, name);
  return name;
};
