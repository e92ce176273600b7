import { type Workflow, workflow } from "../contracts/workflow.ts";
import { type GeneratedFile, yamlFile } from "../generated-file.ts";
import { installation } from "../installation.ts";
import type { Versions } from "./dockerfile.ts";

/** v4.2.2 */
const checkout = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683";
/** v1.5 */
const setupFly = "superfly/flyctl-actions/setup-flyctl@fc53c09e1bc3be6f54706524e3b82c4f462f77be";

/** `@gpt-agent/app-embeddings` → `embeddings`, as one line of JSON. */
const appsOnly = `jq --compact-output '[.packages.items[] | select(.path | startswith("apps/")) | .path[5:]]'`;

/** `.github/workflows/deploy.yml`: what changed on main goes to Fly, each app by itself. */
export const githubFiles = ({ turbo }: Versions): GeneratedFile[] => {
  const value: Workflow = {
    name: "deploy",
    on: { push: { branches: [installation.render.branch] } },
    permissions: { contents: "read" },
    jobs: {
      changed: {
        "runs-on": "ubuntu-24.04",
        "timeout-minutes": 5,
        outputs: { apps: "${{ steps.changed.outputs.apps }}" },
        steps: [
          { uses: checkout, with: { "fetch-depth": 0, "persist-credentials": false } },
          {
            id: "changed",
            env: { TURBO_SCM_BASE: "${{ github.event.before }}" },
            run: `echo "apps=$(npx --yes turbo@${turbo} ls --affected --output=json | ${appsOnly})" >> "$GITHUB_OUTPUT"`,
          },
        ],
      },
      fly: {
        needs: "changed",
        if: "needs.changed.outputs.apps != '[]'",
        "runs-on": "ubuntu-24.04",
        "timeout-minutes": 30,
        strategy: { "fail-fast": false, matrix: { app: "${{ fromJSON(needs.changed.outputs.apps) }}" } },
        environment: "fly-${{ matrix.app }}",
        concurrency: { group: "fly-${{ matrix.app }}", "cancel-in-progress": false },
        steps: [
          { uses: checkout, with: { "persist-credentials": false } },
          { uses: setupFly, with: { version: "0.4.76" } },
          {
            env: { FLY_API_TOKEN: "${{ secrets.FLY_API_TOKEN }}" },
            run: "flyctl deploy . -c infra/fly/${{ matrix.app }}.toml --remote-only --ha=false",
          },
        ],
      },
    },
  };
  return [
    yamlFile(
      ".github/workflows/deploy.yml",
      workflow,
      [value],
      [
        "Each app has an environment fly-<app> whose FLY_API_TOKEN deploys that app alone: fly tokens create deploy --app …",
      ],
    ),
  ];
};
