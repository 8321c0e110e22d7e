"""The checks that take AWS credentials: tables, keys and alarms of a stack are as infra/ made them."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from mailconnect.doctor.finding import Finding, Sick, Unset

Clients = Callable[[str], Any]
"""botocore's client for a service."""

AGAIN = "deploy again; what was changed by hand is put right where CloudFormation knows it, else change it back"
RECOVERED = {
    "ClientsTable": True,
    "GrantsTable": False,
    "LedgerTable": False,
    "SwitchesTable": False,
    "AuditTable": False,
}
"""Whether a table can be restored to any point in time. An old refresh token in a backup of grants would do harm, and
what is to be gone within minutes or days would be kept by one for weeks.
"""

_BEFORE_ARCHIVED = "enable it, or cancel its deletion, within seven days: then DynamoDB takes the tables away"
EXPIRING = frozenset(RECOVERED) - {"SwitchesTable"}
_TABLES = {output: f"{output.removesuffix('Table').lower()} table" for output in RECOVERED}
_KEYS = {
    "SealingKeyArn": ("sealing key", "kms:Decrypt", 1),
    "OwnerKeyArn": ("owner key", "kms:GenerateMac", 2),
}
"""What a key is for, and how many roles may use it so: `sweep`; `web` and `operator`."""


def examine_stack(clients: Clients, stack: str) -> list[Finding]:
    findings: list[Finding] = []
    try:
        outputs = _outputs(clients, _resource(clients, stack, "State"))
        topic = _resource(clients, _resource(clients, stack, "Observability"), "Alarms")
    except Sick as sick:
        return [Finding("stack", sick.wrong, sick.remedy)]
    findings += examine_state(clients, outputs)
    findings += _found("alarms", lambda: alarms(clients, stack))
    findings += _found("alarm mail", lambda: alarm_mail(clients, topic))
    return findings


def examine_state(clients: Clients, outputs: dict[str, str]) -> list[Finding]:
    """`outputs` are those of infra/state.yaml."""
    findings: list[Finding] = []
    for output, name in _TABLES.items():
        findings += _found(name, partial(table, clients, output, outputs.get(output, "")))
    findings += _found("tables' key", partial(tables_key, clients, outputs.get("GrantsTable", "")))
    for output, (name, action, users) in _KEYS.items():
        findings += _found(name, partial(key, clients, outputs.get(output, ""), action, users))
    return findings


def alarms(clients: Clients, stack: str) -> str:
    found = [
        alarm
        for page in clients("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{stack} ")
        for alarm in page["MetricAlarms"]
    ]
    if not found:
        raise Sick("there are no alarms", AGAIN)
    dumb = sorted(alarm["AlarmName"] for alarm in found if not alarm["ActionsEnabled"] or not alarm["AlarmActions"])
    if dumb:
        raise Sick(f"{', '.join(dumb)} would tell nobody", AGAIN)
    ringing = sorted(alarm["AlarmName"] for alarm in found if alarm["StateValue"] == "ALARM")
    if ringing:
        raise Sick(f"{', '.join(ringing)} is ringing", "docs/operations.md says what to do")
    return f"{len(found)}, none of them ringing"


def alarm_mail(clients: Clients, topic: str) -> str:
    subscriptions = clients("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    if not subscriptions:
        raise Unset("nobody is told of alarms", "deploy with AlarmEmail, or subscribe to the topic yourself")
    waiting = [one for one in subscriptions if not one["SubscriptionArn"].startswith("arn:")]
    if waiting:
        raise Unset("the address for alarms is not confirmed", "click the link in the mail that AWS sent there")
    return f"{len(subscriptions)} told of alarms"


def table(clients: Clients, output: str, name: str) -> str:
    if not name:
        raise Sick("the stack has no such table", AGAIN)
    dynamodb = clients("dynamodb")
    made = dynamodb.describe_table(TableName=name)["Table"]
    if not made.get("DeletionProtectionEnabled"):
        raise Sick("anybody who may delete tables can delete it", "switch deletion protection on")
    if made.get("SSEDescription", {}).get("SSEType") != "KMS":
        raise Sick("it is not encrypted with the stack's own key", AGAIN)
    if "InaccessibleEncryptionDateTime" in made["SSEDescription"]:
        since = made["SSEDescription"]["InaccessibleEncryptionDateTime"]
        raise Sick(f"DynamoDB cannot use its key since {since}", _BEFORE_ARCHIVED)
    if made.get("StreamSpecification", {}).get("StreamEnabled"):
        raise Sick("it has a stream that somebody may read", "switch the stream off")
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovered = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED"
    if recovered is not RECOVERED[output]:
        raise Sick(f"point-in-time recovery is {'on' if recovered else 'off'}", AGAIN)
    expires = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    on = expires.get("TimeToLiveStatus") in ("ENABLED", "ENABLING") and expires.get("AttributeName") == "ttl"
    if on is not (output in EXPIRING):
        raise Sick(f"expiry by ttl is {'on' if on else 'off'}", AGAIN)
    return f"protected, encrypted, recovery {'on' if recovered else 'off'}, expiry {'on' if on else 'off'}"


def tables_key(clients: Clients, name: str) -> str:
    """Of the one that all tables share."""
    if not name:
        raise Sick("the stack has no table that would name it", AGAIN)
    arn = clients("dynamodb").describe_table(TableName=name)["Table"].get("SSEDescription", {}).get("KMSMasterKeyArn")
    if arn is None:
        raise Sick("the tables are not encrypted with it", AGAIN)
    if not clients("kms").describe_key(KeyId=arn)["KeyMetadata"]["Enabled"]:
        raise Sick("it is disabled", _BEFORE_ARCHIVED)
    return "enabled"


def key(clients: Clients, arn: str, action: str, most_users: int) -> str:
    if not arn:
        raise Sick("the stack has no such key", AGAIN)
    kms = clients("kms")
    state = kms.describe_key(KeyId=arn)["KeyMetadata"]
    if not state["Enabled"]:
        raise Sick("it is disabled", "enable it: without it nobody connects, or nothing is revoked")
    policy = json.loads(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"])
    users = {principal for principal, allowed in _allowed(policy) if allowed in (action, "kms:*", "*")}
    if not users:
        raise Sick(f"nobody may use it for {action}", AGAIN)
    if len(users) > most_users or not all(":role/" in user for user in users):
        raise Sick(f"{action} is allowed to {', '.join(sorted(users))}", "change its policy back")
    return f"enabled; {action} for {', '.join(sorted(user.partition(':role/')[2] for user in users))} alone"


def _allowed(policy: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for statement in policy["Statement"]:
        if statement["Effect"] == "Allow":
            principal = statement.get("Principal", "*")
            named = principal.get("AWS", []) if isinstance(principal, dict) else principal
            for who in [named] if isinstance(named, str) else named:
                actions = statement.get("Action", "*")
                for action in [actions] if isinstance(actions, str) else actions:
                    yield who, action


def _found(name: str, check: Callable[[], str]) -> list[Finding]:
    try:
        return [Finding(name, check())]
    except Sick as sick:
        return [Finding.of(name, sick)]
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        return [Finding(name, f"AWS refused to tell ({code})", "use credentials that may see it")]
    except BotoCoreError as error:
        return [Finding(name, f"AWS could not be asked ({type(error).__name__})", "check region and login")]


def _resource(clients: Clients, stack: str, logical_id: str) -> str:
    try:
        told = clients("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=logical_id)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise Sick(
            f"{stack} has no {logical_id} that AWS would show ({code})", "check name, region and login"
        ) from None
    except BotoCoreError as error:
        raise Sick(f"AWS could not be asked ({type(error).__name__})", "check region and login") from None
    return str(told["StackResourceDetail"]["PhysicalResourceId"])


def _outputs(clients: Clients, stack: str) -> dict[str, str]:
    [described] = clients("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
