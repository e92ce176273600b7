#!/usr/bin/env bash
# Sends each app on Fly the variables that it reads, and no others; they take effect with its next deploy.
#   infra/fly/secrets.sh .env.production            all apps
#   infra/fly/secrets.sh .env.production webhooks   this one
set -euo pipefail
file=$(realpath "${1:?Name the file with the values, for instance .env.production}")
shift
cd "$(dirname "$0")/../.."

apps=("$@")
if ((${#apps[@]} == 0)); then mapfile -t apps < <(pnpm --silent infra apps); fi

for app in "${apps[@]}"; do
  name=$(sed -n 's/^app = "\(.*\)"$/\1/p' "infra/fly/$app.toml")
  lines=$(pnpm --silent infra secrets "$app" "$file")
  printf '%s: %s\n' "$name" "$(cut -d= -f1 <<<"$lines" | paste -sd' ')"
  fly secrets import --stage --app "$name" <<<"$lines"
done
