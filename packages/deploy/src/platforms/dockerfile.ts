import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type App, portOf } from "../app.ts";
import { type GeneratedFile, header } from "../generated-file.ts";

/** The versions that the repository itself is pinned to, so that an image has no others. */
export interface Versions {
  readonly node: string;
  readonly pnpm: string;
  readonly turbo: string;
}

/** @throws {Error} where one of them is not pinned to an exact version any more */
export const readVersions = (root: string): Versions => {
  const read = (file: string, pattern: RegExp): string => {
    const version = pattern.exec(readFileSync(join(root, file), "utf8"))?.[1];
    if (version === undefined) throw new Error(`${file} has no ${String(pattern)}`);
    return version;
  };
  return {
    node: read("pnpm-workspace.yaml", /^nodeVersion: (\d+\.\d+\.\d+)$/m),
    pnpm: read("package.json", /"packageManager": "pnpm@(\d+\.\d+\.\d+)"/),
    turbo: read("pnpm-workspace.yaml", /^ {2}turbo: (\d+\.\d+\.\d+)$/m),
  };
};

/** TypeScript, declarations and source maps of libraries: nothing reads them at run time. Our own maps stay, for stack traces. */
const trim =
  "find /app/node_modules/.pnpm -type f \\( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' \\) -not -path '*/@gpt-agent/*' -delete";

const dockerfile = (app: App, { node, pnpm, turbo }: Versions): string => {
  const workspace = `@gpt-agent/app-${app.name}`;
  return `${header(["  docker build -f apps/" + app.name + "/Dockerfile -t gpt-agent-" + app.name + " .      from the repository's root"])}
ARG NODE_IMAGE=node:${node}-bookworm-slim

FROM \${NODE_IMAGE} AS tools
RUN npm install --global --no-audit --no-fund pnpm@${pnpm} turbo@${turbo}
WORKDIR /repository

# The app, the packages it needs, and the part of the lockfile that is theirs.
FROM tools AS pruned
COPY . .
RUN TURBO_TELEMETRY_DISABLED=1 turbo prune ${workspace} --docker

FROM tools AS built
COPY --from=pruned /repository/out/json/ ./
RUN pnpm install --frozen-lockfile
COPY --from=pruned /repository/out/full/ ./
COPY tsconfig.base.json ./
RUN TURBO_TELEMETRY_DISABLED=1 turbo run build --filter=${workspace} \\
  && pnpm --filter ${workspace} deploy --prod /app \\
  && ${trim}

FROM \${NODE_IMAGE}
# Further Debian packages, for instance "tesseract-ocr tesseract-ocr-rus" where kb-files is to read scans.
ARG DEBIAN_PACKAGES=""
RUN apt-get update \\
  && apt-get install --yes --no-install-recommends tini \${DEBIAN_PACKAGES} \\
  && rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /opt/yarn-* \\
  && rm -f /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg
WORKDIR /app
COPY --from=built /app ./
ENV NODE_ENV=production PORT=${portOf(app)}
USER 1000:1000
EXPOSE ${portOf(app)}
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \\
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "--enable-source-maps", "dist/main.js"]
`;
};

/** The file that every Dockerfile is but for the app's name and port. */
const nameless = (text: string): string =>
  text.replaceAll(/(app-|apps\/|gpt-agent-)[a-z][a-z0-9-]*/g, "$1*").replaceAll(/300[01]/g, "*");

/** `apps/<name>/Dockerfile`; held to each other here, and to Docker's grammar by dockerfile-utils in the tests. */
export const dockerFiles = (apps: readonly App[], versions: Versions): GeneratedFile[] =>
  apps.map((app) => {
    const text = dockerfile(app, versions);
    return {
      path: `apps/${app.name}/Dockerfile`,
      text,
      documents: (given) => [given],
      check: (given) => {
        if (nameless(String(given)) !== nameless(text))
          throw new Error("differs from the other apps' Dockerfiles in more than name and port");
      },
    };
  });
