#!/bin/sh
# Builds, deploys and looks whether it works: `make deploy`. The first time sam asks for the parameters and keeps the
# answers, the region among them, in infra/samconfig.toml.
set -eu
CONFIG=infra/samconfig.toml
command -v sam >/dev/null || { echo "sam is not there: pip install aws-sam-cli" >&2; exit 2; }

in_region() {
    region=$(sed -n 's/^region *= *"\(.*\)"/\1/p' "$CONFIG" | tail -1)
    [ -z "$region" ] || export AWS_DEFAULT_REGION="$region" AWS_REGION="$region"
}
stack=$(sed -n 's/^stack_name *= *"\(.*\)"/\1/p' "$CONFIG" | tail -1)
guided=""
grep -q '^region *=' "$CONFIG" || guided=--guided

if [ -z "$guided" ] && [ "${ANEW:-}" != yes ]; then
    in_region
    .venv/bin/python -m mailconnect.doctor.deploy_checks before "$stack"
fi
sam build --config-file "$CONFIG"
sam deploy --config-file "$CONFIG" $guided

in_region
stack=$(sed -n 's/^stack_name *= *"\(.*\)"/\1/p' "$CONFIG" | tail -1)
url=$(.venv/bin/python -m mailconnect.doctor.deploy_checks after "$stack")
[ -n "$guided" ] || exec .venv/bin/mailconnect doctor "$url" --stack "$stack"
.venv/bin/mailconnect doctor "$url" --stack "$stack" || echo "
It is deployed. What fails the first time may only need you or some minutes: the DNS record of a domain that is not in
Route 53 (docs/deploy.md), and a first run of each alarm. Then look again: make doctor URL=${url%/mcp} STACK=$stack"
