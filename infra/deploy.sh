#!/bin/sh
# Builds, deploys and looks whether it works: `make deploy`. The first time sam asks for the parameters and keeps the
# answers, the region among them, in infra/samconfig.toml.
set -eu
CONFIG=infra/samconfig.toml
command -v sam >/dev/null || { echo "sam is not there: pip install aws-sam-cli" >&2; exit 2; }

guided=""
grep -q '^region *=' "$CONFIG" || guided=--guided

sam build --config-file "$CONFIG"
sam deploy --config-file "$CONFIG" $guided

stack=$(sed -n 's/^stack_name *= *"\(.*\)"/\1/p' "$CONFIG" | tail -1)
region=$(sed -n 's/^region *= *"\(.*\)"/\1/p' "$CONFIG" | tail -1)
[ -z "$region" ] || export AWS_DEFAULT_REGION="$region" AWS_REGION="$region"
url=$(.venv/bin/python -c '
import sys, boto3
[stack] = boto3.client("cloudformation").describe_stacks(StackName=sys.argv[1])["Stacks"]
print(next(one["OutputValue"] for one in stack["Outputs"] if one["OutputKey"] == "McpUrl"))
' "$stack")
exec .venv/bin/mailconnect doctor "$url" --stack "$stack"
