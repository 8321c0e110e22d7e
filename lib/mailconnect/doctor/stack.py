"""The checks that take AWS credentials: tables, keys and alarms of a stack are as infra/ made them."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from mailconnect.doctor.finding import CheckFailed, Finding, Unset

Clients = Callable[[str], Any]
"""botocore's client for a service."""

_KEPT = "no deployment makes again what is lost there (docs/operations.md, Restoring)"
RECOVERED = {
    "ClientsTable": True,
    "GrantsTable": False,
    "LedgerTable": False,
    "SwitchesTable": False,
    "AuditTable": False,
    "ApprovalsTable": False,
}
"""Whether a table can be restored to any point in time. An old refresh token in a backup of grants would do harm, and
what is to be gone within minutes or days would be kept by one for weeks.
"""

_BEFORE_ARCHIVED = (
    "within seven days, before DynamoDB takes the tables away: aws kms cancel-key-deletion --key-id {key}; "
    "aws kms enable-key --key-id {key}"
)
EXPIRING = frozenset(RECOVERED) - {"SwitchesTable"}
_TABLES = {output: f"{output.removesuffix('Table').lower()} table" for output in RECOVERED}
_KEYS = {
    "SealingKeyArn": ("sealing key", "kms:Decrypt", ("sweep",)),
    "OwnerKeyArn": ("owner key", "kms:GenerateMac", ("web", "operator")),
}
"""A key's uses, and the functions whose roles may make them."""


def examine_stack(clients: Clients, stack: str) -> list[Finding]:
    """The three stacks of a deployment: NAME-state, NAME, NAME-alarms."""
    try:
        outputs = _outputs(clients, f"{stack}-state")
        _outputs(clients, stack)
    except CheckFailed as failure:
        return [Finding("stack", failure.wrong, failure.remedy)]
    findings = examine_state(clients, outputs)
    findings += _found("alarms", lambda: alarms(clients, stack))
    findings += _found(
        "alarm mail", lambda: alarm_mail(clients, _outputs(clients, f"{stack}-alarms").get("Alarms", ""))
    )
    findings += _found("trail", lambda: trail(clients))
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
        raise CheckFailed(
            "there are no alarms", f"aws cloudformation delete-stack --stack-name {stack}-alarms, then make deploy"
        )
    off = sorted(alarm["AlarmName"] for alarm in found if not alarm["ActionsEnabled"])
    if off:
        quoted = " ".join(f"'{name}'" for name in off)
        raise CheckFailed(
            f"{', '.join(off)} would tell nobody", f"aws cloudwatch enable-alarm-actions --alarm-names {quoted}"
        )
    dumb = sorted(alarm["AlarmName"] for alarm in found if not alarm["AlarmActions"])
    if dumb:
        remedy = f"aws cloudformation delete-stack --stack-name {stack}-alarms, then make deploy: it compares no alarm"
        raise CheckFailed(f"{', '.join(dumb)} would tell nobody", remedy)
    ringing = sorted(alarm["AlarmName"] for alarm in found if alarm["StateValue"] == "ALARM")
    if ringing:
        raise CheckFailed(f"{', '.join(ringing)} is ringing", "docs/operations.md says what to do")
    return f"{len(found)}, none of them ringing"


def alarm_mail(clients: Clients, topic: str) -> str:
    if not topic:
        raise CheckFailed("there is no topic for alarms", "make deploy, which makes the stack of alarms")
    subscriptions = clients("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    if not subscriptions:
        raise Unset("nobody is told of alarms", "make deploy SET=AlarmEmail=..., or subscribe to the topic yourself")
    waiting = [one for one in subscriptions if not one["SubscriptionArn"].startswith("arn:")]
    if waiting:
        raise Unset("the address for alarms is not confirmed", "click the link in the mail that AWS sent there")
    return f"{len(subscriptions)} told of alarms"


def trail(clients: Clients) -> str:
    """Whether CloudTrail tells EventBridge of KMS's events here, which the rules on our keys listen for."""
    cloudtrail = clients("cloudtrail")
    for one in cloudtrail.describe_trails(includeShadowTrails=True)["trailList"]:
        name = one["TrailARN"]
        if cloudtrail.get_trail_status(Name=name)["IsLogging"] and _tells_of_keys(cloudtrail, name):
            return f"{one['Name']} tells when a key is touched"
    raise Unset(
        "no CloudTrail trail tells when somebody else touches a key",
        "make one in CloudTrail's console for this account and region, with KMS's events in it",
    )


def _tells_of_keys(cloudtrail: Any, name: str) -> bool:
    told = cloudtrail.get_event_selectors(TrailName=name)
    for one in told.get("EventSelectors") or []:
        without = one.get("ExcludeManagementEventSources", [])
        if (
            one.get("IncludeManagementEvents")
            and one.get("ReadWriteType") == "All"
            and "kms.amazonaws.com" not in without
        ):
            return True
    for one in told.get("AdvancedEventSelectors") or []:
        fields = {field["Field"]: field for field in one["FieldSelectors"]}
        managed = "Management" in fields.get("eventCategory", {}).get("Equals", [])
        left_out = "kms.amazonaws.com" in fields.get("eventSource", {}).get("NotEquals", [])
        if managed and not left_out and "readOnly" not in fields:
            return True
    return False


def table(clients: Clients, output: str, name: str) -> str:
    if not name:
        raise CheckFailed("the stack has no such table", _KEPT)
    dynamodb = clients("dynamodb")
    update = f"aws dynamodb update-table --table-name {name}"
    made = dynamodb.describe_table(TableName=name)["Table"]
    if not made.get("DeletionProtectionEnabled"):
        raise CheckFailed("anybody who may delete tables can delete it", f"{update} --deletion-protection-enabled")
    if made.get("SSEDescription", {}).get("SSEType") != "KMS":
        raise CheckFailed(
            "it is not encrypted with the stack's own key",
            f"{update} --sse-specification Enabled=true,SSEType=KMS,KMSMasterKeyId=KEY, the TablesKeyArn among the "
            "outputs of the state stack",
        )
    if "InaccessibleEncryptionDateTime" in made["SSEDescription"]:
        since = made["SSEDescription"]["InaccessibleEncryptionDateTime"]
        arn = made["SSEDescription"].get("KMSMasterKeyArn", "KEY")
        raise CheckFailed(f"DynamoDB cannot use its key since {since}", _BEFORE_ARCHIVED.format(key=arn))
    if made.get("StreamSpecification", {}).get("StreamEnabled"):
        raise CheckFailed(
            "it has a stream that somebody may read", f"{update} --stream-specification StreamEnabled=false"
        )
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovered = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED"
    if recovered is not RECOVERED[output]:
        wanted = "true,RecoveryPeriodInDays=35" if RECOVERED[output] else "false"
        raise CheckFailed(
            f"point-in-time recovery is {'on' if recovered else 'off'}",
            f"aws dynamodb update-continuous-backups --table-name {name} "
            f"--point-in-time-recovery-specification PointInTimeRecoveryEnabled={wanted}",
        )
    expires = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    on = expires.get("TimeToLiveStatus") in ("ENABLED", "ENABLING") and expires.get("AttributeName") == "ttl"
    if on is not (output in EXPIRING):
        wanted = "true" if output in EXPIRING else "false"
        raise CheckFailed(
            f"expiry by ttl is {'on' if on else 'off'}",
            f"aws dynamodb update-time-to-live --table-name {name} "
            f"--time-to-live-specification Enabled={wanted},AttributeName=ttl",
        )
    return f"protected, encrypted, recovery {'on' if recovered else 'off'}, expiry {'on' if on else 'off'}"


def tables_key(clients: Clients, name: str) -> str:
    """Of the one that all tables share."""
    if not name:
        raise CheckFailed("the stack has no table that would name it", _KEPT)
    arn = clients("dynamodb").describe_table(TableName=name)["Table"].get("SSEDescription", {}).get("KMSMasterKeyArn")
    if arn is None:
        raise CheckFailed("the tables are not encrypted with it", "see what is said of each table")
    if not clients("kms").describe_key(KeyId=arn)["KeyMetadata"]["Enabled"]:
        raise CheckFailed("it is disabled", _BEFORE_ARCHIVED.format(key=arn))
    return "enabled"


def key(clients: Clients, arn: str, action: str, users: tuple[str, ...]) -> str:
    """`users` are the functions whose roles may use it for `action`, and nobody else."""
    if not arn:
        raise CheckFailed("the stack has no such key", _KEPT)
    kms = clients("kms")
    if not kms.describe_key(KeyId=arn)["KeyMetadata"]["Enabled"]:
        raise CheckFailed(
            "it is disabled, and without it nobody connects, or nothing is revoked",
            f"aws kms cancel-key-deletion --key-id {arn}; aws kms enable-key --key-id {arn}",
        )
    policy = json.loads(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"])
    allowed = {user for statement in policy["Statement"] for user in _users(statement, action)}
    if not allowed:
        raise CheckFailed(
            f"nobody may use it for {action}",
            f"put the policy back that infra/state.yaml has: aws kms put-key-policy --key-id {arn} "
            "--policy-name default --policy file://policy.json",
        )
    others = {
        user for user in allowed if not user.endswith(tuple(f"-{name}" for name in users)) or ":role/" not in user
    }
    if others:
        kept = [one for one in policy["Statement"] if not {*_users(one, action)} & others]
        told = json.dumps(policy | {"Statement": kept}, separators=(",", ":"))
        raise CheckFailed(
            f"{action} is allowed to {', '.join(sorted(others))}",
            f"aws kms put-key-policy --key-id {arn} --policy-name default --policy '{told}'",
        )
    return f"enabled; {action} for {', '.join(sorted(user.partition(':role/')[2] for user in allowed))} alone"


def _users(statement: dict[str, Any], action: str) -> Iterator[str]:
    """Whom a statement lets do it: the roles that its condition names, or else its principals."""
    if statement["Effect"] != "Allow" or not {action, "kms:*", "*"} & {*_listed(statement.get("Action", "*"))}:
        return
    condition = statement.get("Condition", {})
    for operator in ("ArnEquals", "StringEquals"):
        if "aws:PrincipalArn" in condition.get(operator, {}):
            yield from _listed(condition[operator]["aws:PrincipalArn"])
            return
    principal = statement.get("Principal", "*")
    yield from _listed(principal.get("AWS", []) if isinstance(principal, dict) else principal)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _found(name: str, check: Callable[[], str]) -> list[Finding]:
    try:
        return [Finding(name, check())]
    except CheckFailed as failure:
        return [Finding.of(name, failure)]
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        return [Finding(name, f"AWS refused to tell ({code})", "use credentials that may see it")]
    except BotoCoreError as error:
        return [Finding(name, f"AWS could not be asked ({type(error).__name__})", "check region and login")]


def _outputs(clients: Clients, stack: str) -> dict[str, str]:
    try:
        [described] = clients("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise CheckFailed(f"{stack} is no stack that AWS would show ({code})", "check name, region and login") from None
    except BotoCoreError as error:
        raise CheckFailed(f"AWS could not be asked ({type(error).__name__})", "check region and login") from None
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
