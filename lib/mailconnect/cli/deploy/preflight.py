"""The obstacles of a deployment, found before anything is made, and the commands that remove them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
from botocore.parsers import ResponseParserError  # type: ignore[import-untyped]

from mailconnect.cli.deploy.regions import why_not
from mailconnect.cli.deploy.stack_state import StackState, described, state_of
from mailconnect.doctor.finding import CheckFailed, Finding, Unset

Clients = Callable[[str], Any]
"""botocore's client for a service, in the deployment's region."""

POLICY = Path("docs/deployer-policy.json")
FUNCTIONS = ("oauth", "web", "mcp", "attachments", "operator", "sweep")
_FIXED = 4
"""The concurrency that operator and sweep reserve together."""
_UNRESERVED = 100
"""The concurrency that AWS keeps for functions that reserve nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    stack: str
    region: str
    parameters: Mapping[str, str]

    @property
    def reserved(self) -> int:
        if self.parameters.get("ReserveConcurrency") != "yes":
            return 0
        shares = ("OauthConcurrency", "WebConcurrency", "McpConcurrency", "AttachmentsConcurrency")
        return sum(int(self.parameters[name]) for name in shares) + _FIXED


def examine_login(clients: Clients, region_name: str) -> list[Finding]:
    """The checks that all others need."""
    findings = [*_found("region", partial(region, region_name))]
    try:
        identity = clients("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        wrong = f"AWS does not take the credentials ({_code(error)})"
        return [*findings, Finding("credentials", wrong, f"log in; aws sts get-caller-identity --region {region_name}")]
    return [*findings, Finding("credentials", f"account {identity['Account']}, {identity['Arn']}")]


def examine(clients: Clients, plan: Plan, policy: Path = POLICY) -> list[Finding]:
    """Every check is made, whatever the others say."""
    findings: list[Finding] = []
    identity = clients("sts").get_caller_identity()
    for name, check in (
        ("rights", partial(rights, clients, identity["Arn"], plan, policy)),
        ("concurrency", partial(concurrency, clients, plan)),
        ("zone", partial(zone, clients, plan)),
        ("budget", partial(budget, clients, identity["Account"], plan)),
        ("names", partial(names, clients, plan)),
        ("orphans", partial(orphans, clients, plan)),
    ):
        findings += _found(name, check)
    return findings


def region(name: str) -> str:
    wrong = why_not(name)
    if wrong:
        raise CheckFailed(wrong, "choose another one with --region, or in deployments.toml")
    return f"{name}, in which all that is made is offered, SnapStart too"


def rights(clients: Clients, arn: str, plan: Plan, policy: Path) -> str:
    """As far as IAM tells: it does not ask an organization's policies, nor those of the things themselves."""
    if arn.endswith(":root"):
        raise Unset(
            "the account's root user is used, which may do all", "use a role that has docs/deployer-policy.json"
        )
    statements = json.loads(policy.read_text(encoding="utf-8"))["Statement"]
    denied: list[str] = []
    try:
        for statement in statements:
            told = clients("iam").simulate_principal_policy(
                PolicySourceArn=_principal(arn), **_asked(statement, arn, plan)
            )
            denied += [one["EvalActionName"] for one in told["EvaluationResults"] if one["EvalDecision"] != "allowed"]
    except ClientError as error:
        raise Unset(
            f"whether the rights suffice is not known: IAM does not tell ({_code(error)})",
            "compare them with docs/deployer-policy.json, or allow iam:SimulatePrincipalPolicy",
        ) from None
    if denied:
        raise CheckFailed(
            f"these are not allowed: {', '.join(dict.fromkeys(denied))}", "give the role docs/deployer-policy.json"
        )
    return f"all {sum(len(one['Action']) for one in statements)} that a deployment needs"


def _asked(statement: Mapping[str, Any], arn: str, plan: Plan) -> dict[str, Any]:
    """A statement of the policy as a question, of things that would bear this stack's name."""
    asked: dict[str, Any] = {"ActionNames": statement["Action"]}
    resources = statement["Resource"]
    if resources != "*":
        account = arn.split(":")[4]
        listed = [resources] if isinstance(resources, str) else resources
        asked["ResourceArns"] = [_example(one, account, plan) for one in listed]
    entries = [
        {"ContextKeyName": key, "ContextKeyValues": [value.replace("*", plan.region)], "ContextKeyType": "string"}
        for operator in statement.get("Condition", {}).values()
        for key, value in operator.items()
    ]
    return asked | ({"ContextEntries": entries} if entries else {})


def _example(pattern: str, account: str, plan: Plan) -> str:
    """arn:aws:dynamodb:*:*:table/mailconnect* -> arn:aws:dynamodb:eu-north-1:123456789012:table/NAME-x."""
    parts = pattern.split(":", 5)
    parts[3], parts[4] = parts[3].replace("*", plan.region), parts[4].replace("*", account)
    return ":".join([*parts[:5], parts[5].replace("mailconnect*", f"{plan.stack}-x").replace("*", "x")])


def _principal(arn: str) -> str:
    """The role of a session: arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION. A role's path is not in it."""
    if ":assumed-role/" not in arn:
        return arn
    head, _, tail = arn.partition(":assumed-role/")
    return f"{head.replace(':sts:', ':iam:')}:role/{tail.partition('/')[0]}"


def concurrency(clients: Clients, plan: Plan) -> str:
    limits = clients("lambda").get_account_settings()["AccountLimit"]
    maximum, free = limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]
    there = state_of(described(clients("cloudformation"), plan.stack)) is StackState.WORKING
    enough = (maximum if there else free) >= plan.reserved + _UNRESERVED
    if plan.reserved and not enough:
        raise CheckFailed(
            f"the functions reserve {plan.reserved} of the account's {maximum} at once, of which {free} are free and "
            f"{_UNRESERVED} have to stay so",
            f"aws service-quotas request-service-quota-increase --region {plan.region} --service-code lambda "
            "--quota-code L-B99A9384 --desired-value 1000, or SET=ReserveConcurrency=no",
        )
    if not plan.reserved and maximum < _UNRESERVED:
        raise Unset(f"all functions of the account together may run {maximum} times at once", "ask AWS for 1,000")
    return f"{plan.reserved} of {maximum} reserved"


def zone(clients: Clients, plan: Plan) -> str:
    wanted, domain = plan.parameters.get("HostedZoneId", ""), plan.parameters.get("DomainName", "")
    if not wanted:
        return "none named" if domain else "no domain"
    try:
        found = clients("route53").get_hosted_zone(Id=wanted)["HostedZone"]
    except ClientError as error:
        raise CheckFailed(
            f"{wanted} is no zone of this account that it would show ({_code(error)})",
            "aws route53 list-hosted-zones-by-name; or leave HostedZoneId empty and make the DNS records yourself",
        ) from None
    name = found["Name"].rstrip(".")
    if found.get("Config", {}).get("PrivateZone") or not f".{domain}".endswith(f".{name}"):
        raise CheckFailed(
            f"{wanted} is the zone of {name}, which {domain} is not in publicly", "name the right HostedZoneId"
        )
    return f"{name} is in this account"


def budget(clients: Clients, account: str, plan: Plan) -> str:
    if not plan.parameters.get("AlarmEmail") or float(plan.parameters.get("MonthlyBudget") or 0) <= 0:
        return "none asked for"
    try:
        clients("budgets").describe_budgets(AccountId=account, MaxResults=1)
    except ClientError as error:
        raise Unset(
            f"AWS Budgets does not answer this account ({_code(error)}); the deployment goes on without one",
            "in a member account, ask for a budget in the management account; or SET=MonthlyBudget=0",
        ) from None
    return "allowed"


def names(clients: Clients, plan: Plan) -> str:
    """Fixed names that something else has would fail the creation half-way."""
    if state_of(described(clients("cloudformation"), plan.stack)) is not StackState.ABSENT:
        return "the stack is there"
    taken: list[tuple[str, str]] = []
    for name in FUNCTIONS:
        role, function = f"{plan.stack}-{plan.region}-{name}", f"{plan.stack}-{name}"
        if _there(lambda role=role: clients("iam").get_role(RoleName=role)):  # type: ignore[misc]
            taken.append((f"the role {role}", f"aws iam delete-role --role-name {role}"))
        if _there(lambda function=function: clients("lambda").get_function(FunctionName=function)):  # type: ignore[misc]
            taken.append((f"the function {function}", f"aws lambda delete-function --function-name {function}"))
    groups = clients("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{plan.stack}-")["logGroups"]
    ours = {f"/aws/lambda/{plan.stack}-{name}" for name in FUNCTIONS}
    for group in groups:
        if group["logGroupName"] in ours:
            name = group["logGroupName"]
            taken.append((f"the log group {name}", f"aws logs delete-log-group --log-group-name {name}"))
    if taken:
        raise CheckFailed(
            f"{', '.join(what for what, _ in taken)} is there already, and belongs to no stack of this name",
            f"choose another stack name; or, if nothing uses it, {'; '.join(command for _, command in taken)}",
        )
    return "free"


def orphans(clients: Clients, plan: Plan) -> str:
    """Tables and keys of a deployment of the older, single layout; they are not found by this one."""
    pages = clients("cloudformation").get_paginator("list_stacks").paginate(StackStatusFilter=_STANDING)
    stacks = [one["StackName"] for page in pages for one in page["StackSummaries"]]
    old = sorted(name for name in stacks if name.startswith(f"{plan.stack}-State-"))
    if old:
        raise CheckFailed(
            f"{', '.join(old)} has the tables of a deployment that was laid out otherwise",
            'docs/deploy.md, "From the layout of before"; or choose another stack name',
        )
    if f"{plan.stack}-state" in stacks:
        return f"{plan.stack}-state is found and used"
    keys = _keys_of(clients("kms"), f"{plan.stack}-state")
    if keys:
        raise Unset(
            f"the keys {', '.join(keys)} belong to no stack; new ones are made beside them, each for a dollar a month",
            'docs/deploy.md, "Taking it down", for each that no table of yours needs',
        )
    found = [
        name for page in clients("dynamodb").get_paginator("list_tables").paginate() for name in page["TableNames"]
    ]
    left = sorted(name for name in found if name.startswith(f"{plan.stack}-state-"))
    if left:
        raise Unset(
            f"the tables {', '.join(left)} belong to no stack; new, empty ones are made beside them",
            "see whether they hold connections; for each that does not: aws dynamodb delete-table --table-name ...",
        )
    return "none"


def _keys_of(kms: Any, stack: str) -> list[str]:
    """Those that CloudFormation made for a stack of that name, and that are not about to be deleted."""
    found = []
    for page in kms.get_paginator("list_keys").paginate():
        for key in page["Keys"]:
            try:
                told = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
                if not told["Description"].startswith("mailconnect: ") or told["KeyState"] == "PendingDeletion":
                    continue
                tags = kms.list_resource_tags(KeyId=key["KeyId"])["Tags"]
            except ClientError:  # somebody else's, whose policy does not let us see it
                continue
            if {"TagKey": "aws:cloudformation:stack-name", "TagValue": stack} in tags:
                found.append(key["KeyId"])
    return found


_STANDING = [
    "CREATE_COMPLETE",
    "IMPORT_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_FAILED",
    "UPDATE_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS",
]


def _there(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except ClientError as error:
        if _code(error) in ("NoSuchEntity", "ResourceNotFoundException"):
            return False
        raise
    return True


def _found(name: str, check: Callable[[], str]) -> Iterator[Finding]:
    try:
        yield Finding(name, check())
    except CheckFailed as failure:
        yield Finding.of(name, failure)
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        yield Finding(name, f"AWS did not tell ({_code(error)})", "use credentials that may see it", advice=True)


def _code(error: Exception) -> str:
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return type(error).__name__
