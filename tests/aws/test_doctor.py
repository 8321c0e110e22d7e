"""`mailconnect doctor --stack`: the state that infra/state.yaml makes is good, and each change by hand is seen."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

from mailconnect.doctor.finding import CheckFailed, Finding
from mailconnect.doctor.stack import EXPIRING, RECOVERED, alarm_mail, alarms, examine_stack, examine_state, trail
from tests.aws.client import client
from tests.aws.emulator import Emulator

pytestmark = pytest.mark.aws

STATE = Path(__file__).parents[2] / "infra" / "state.yaml"
ACCOUNT = "arn:aws:iam::123456789012"
SWEEP, WEB, OPERATOR = (f"{ACCOUNT}:role/mailconnect-eu-central-1-{name}" for name in ("sweep", "web", "operator"))

Clients = Callable[[str], Any]


@pytest.fixture
def clients(moto: Emulator) -> Iterator[Clients]:
    with ExitStack() as stack:
        made: dict[str, Any] = {}

        def of(service: str) -> Any:
            if service not in made:
                made[service] = client(service, Config(read_timeout=60), moto.url)
                stack.callback(made[service].close)
            return made[service]

        yield of


def policy(action: str, *roles: str) -> str:
    """As infra/state.yaml has it: the account, where a role's name is given under that condition."""
    root = {"Effect": "Allow", "Principal": {"AWS": f"{ACCOUNT}:root"}, "Resource": "*"}
    used: dict[str, Any] = root | {"Action": action}
    if roles:
        used["Condition"] = {"ArnEquals": {"aws:PrincipalArn": [*roles]}}
    return json.dumps({"Version": "2012-10-17", "Statement": [root | {"Action": ["kms:DescribeKey"]}, used]})


@pytest.fixture
def outputs(clients: Clients) -> dict[str, str]:
    """Tables and keys as infra/state.yaml has them."""
    kms = clients("kms")
    found = {}
    key = kms.create_key()["KeyMetadata"]["Arn"]
    for output in RECOVERED:
        found[output] = f"{output}-{key.rpartition('/')[2]}"
        table(
            clients, output, found[output], SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
        )
    found["SealingKeyArn"] = kms.create_key(Policy=policy("kms:Decrypt", SWEEP))["KeyMetadata"]["Arn"]
    owner = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
    kms.put_key_policy(KeyId=owner, PolicyName="default", Policy=policy("kms:GenerateMac", WEB, OPERATOR))
    found["OwnerKeyArn"] = owner
    return found


def table(clients: Clients, output: str, name: str, **encrypted: Any) -> None:
    clients("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        DeletionProtectionEnabled=True,
        **encrypted,
    )
    recovery(clients, name, on=RECOVERED[output])
    if output in EXPIRING:
        expiry(clients, name, on=True)


def unencrypted(clients: Clients, outputs: dict[str, str], output: str) -> None:
    """Another table in its place: moto changes no table's encryption."""
    outputs[output] = f"plain-{outputs[output]}"
    table(clients, output, outputs[output])


def key_of_the_tables(clients: Clients, outputs: dict[str, str]) -> str:
    described = clients("dynamodb").describe_table(TableName=outputs["GrantsTable"])["Table"]
    arn: str = described["SSEDescription"]["KMSMasterKeyArn"]
    return arn.rpartition("/")[2]


def recovery(clients: Clients, table: str, *, on: bool) -> None:
    clients("dynamodb").update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": on}
    )


def expiry(clients: Clients, table: str, *, on: bool) -> None:
    clients("dynamodb").update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": on, "AttributeName": "ttl"}
    )


def failed(findings: list[Finding]) -> dict[str, str]:
    return {finding.check: finding.line for finding in findings if finding.remedy is not None}


def test_a_state_as_it_should_be_is_all_good(clients: Clients, outputs: dict[str, str]) -> None:
    findings = examine_state(clients, outputs)
    assert failed(findings) == {}
    assert len(findings) == len(RECOVERED) + 3
    assert "kms:Decrypt for mailconnect-eu-central-1-sweep alone" in " ".join(finding.sentence for finding in findings)


def test_the_doctor_and_the_template_agree(clients: Clients) -> None:
    """Read as text: the doctor's tests need no parser of CloudFormation."""
    text = STATE.read_text()
    for output, recovered in RECOVERED.items():
        resource = text.partition(f"\n  {output.removesuffix('Table')}:\n")[2].partition("\n\n")[0]
        assert "AWS::DynamoDB::Table" in resource, output
        assert (f"PointInTimeRecoveryEnabled: {str(recovered).lower()}" in resource) is True, output
        assert ("TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}" in resource) is (output in EXPIRING)
    assert text.count("Type: AWS::DynamoDB::Table") == len(RECOVERED)


BROKEN: dict[str, tuple[str, Callable[[Clients, dict[str, str]], Any]]] = {
    "deletion protection off": (
        "grants table",
        lambda of, at: of("dynamodb").update_table(TableName=at["GrantsTable"], DeletionProtectionEnabled=False),
    ),
    "a stream": (
        "grants table",
        lambda of, at: of("dynamodb").update_table(
            TableName=at["GrantsTable"],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        ),
    ),
    "encrypted with another key": (
        "clients table",
        lambda of, at: unencrypted(of, at, "ClientsTable"),
    ),
    "recovery of grants": ("grants table", lambda of, at: recovery(of, at["GrantsTable"], on=True)),
    "no recovery of clients": ("clients table", lambda of, at: recovery(of, at["ClientsTable"], on=False)),
    "no expiry": ("ledger table", lambda of, at: expiry(of, at["LedgerTable"], on=False)),
    "expiring switches": ("switches table", lambda of, at: expiry(of, at["SwitchesTable"], on=True)),
    "no table": ("audit table", lambda _, at: at.pop("AuditTable")),
    "a deleted table": ("audit table", lambda _, at: at.update(AuditTable="gone")),
    "no key": ("owner key", lambda _, at: at.pop("OwnerKeyArn")),
    "a disabled key": (  # moto knows it by its id alone
        "sealing key",
        lambda of, at: of("kms").disable_key(KeyId=at["SealingKeyArn"].rpartition("/")[2]),
    ),
    "the tables' key disabled": ("tables' key", lambda of, at: of("kms").disable_key(KeyId=key_of_the_tables(of, at))),
    "another that opens": (
        "sealing key",
        lambda of, at: of("kms").put_key_policy(
            KeyId=at["SealingKeyArn"], PolicyName="default", Policy=policy("kms:Decrypt", SWEEP, WEB)
        ),
    ),
    "everybody opens": (
        "sealing key",
        lambda of, at: of("kms").put_key_policy(
            KeyId=at["SealingKeyArn"], PolicyName="default", Policy=policy("kms:*")
        ),
    ),
    "nobody opens": (
        "sealing key",
        lambda of, at: of("kms").put_key_policy(
            KeyId=at["SealingKeyArn"], PolicyName="default", Policy=policy("kms:Encrypt", WEB)
        ),
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_change_by_hand_is_seen(clients: Clients, outputs: dict[str, str], what: str) -> None:
    check, change = BROKEN[what]
    change(clients, outputs)
    found = failed(examine_state(clients, outputs))
    assert {*found} == {check}
    assert "To do: " in found[check]


def test_a_table_whose_key_dynamodb_cannot_use_is_seen(clients: Clients, outputs: dict[str, str]) -> None:
    """Played: the emulator has no such trouble."""

    class Locked:
        def describe_table(self, *, TableName: str) -> Any:  # noqa: N803
            told = clients("dynamodb").describe_table(TableName=TableName)
            told["Table"]["SSEDescription"]["InaccessibleEncryptionDateTime"] = "2026-11-25"
            return told

    found = failed(examine_state(lambda service: Locked() if service == "dynamodb" else clients(service), outputs))
    assert {*found} == {f"{output.removesuffix('Table').lower()} table" for output in RECOVERED}
    assert "within seven days" in found["grants table"]


def alarm(clients: Clients, stack: str, name: str, **changes: Any) -> None:
    made = {
        "AlarmName": f"{stack} {name}",
        "Namespace": stack,
        "MetricName": name,
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "AlarmActions": ["arn:aws:sns:eu-central-1:123456789012:alarms"],
    }
    clients("cloudwatch").put_metric_alarm(**made | changes)


def of_alarms(clients: Clients, stack: str) -> str:
    try:
        return alarms(clients, stack)
    except CheckFailed as failure:
        return failure.wrong


def test_alarms_that_are_missing_mute_or_ringing_are_seen(clients: Clients) -> None:
    assert of_alarms(clients, "doc-one") == "there are no alarms"
    alarm(clients, "doc-one", "fault")
    clients("cloudwatch").set_alarm_state(AlarmName="doc-one fault", StateValue="OK", StateReason="quiet")
    assert of_alarms(clients, "doc-one") == "1, none of them ringing"
    alarm(clients, "doc-one", "replay", AlarmActions=[])
    assert of_alarms(clients, "doc-one") == "doc-one replay would tell nobody"
    alarm(clients, "doc-one", "replay")
    clients("cloudwatch").set_alarm_state(AlarmName="doc-one replay", StateValue="ALARM", StateReason="thief")
    assert of_alarms(clients, "doc-one") == "doc-one replay is ringing"


def test_alarms_that_reach_nobody_are_seen(clients: Clients) -> None:
    sns = clients("sns")
    topic = sns.create_topic(Name="doctor")["TopicArn"]
    with pytest.raises(CheckFailed, match="nobody is told"):
        alarm_mail(clients, topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-central-1:123456789012:q")
    assert alarm_mail(clients, topic) == "1 told of alarms"

    class Waiting:
        def list_subscriptions_by_topic(self, **_: Any) -> dict[str, Any]:
            return {"Subscriptions": [{"SubscriptionArn": "PendingConfirmation"}]}

    with pytest.raises(CheckFailed, match="not confirmed"):
        alarm_mail(lambda _: Waiting(), topic)


def test_a_stack_that_is_not_there_is_one_finding(clients: Clients) -> None:
    [finding] = examine_stack(clients, "nowhere")
    assert finding.remedy is not None
    assert "nowhere-state is no stack" in finding.sentence


def test_a_whole_stack_is_examined(clients: Clients, outputs: dict[str, str]) -> None:
    """CloudFormation is played: the emulator nests no stacks."""
    topic = clients("sns").create_topic(Name="doctor-whole")["TopicArn"]
    told = {"mine-state": outputs, "mine": {}, "mine-alarms": {"Alarms": topic}}

    class CloudFormation:
        def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
            of = told[StackName].items()
            return {"Stacks": [{"Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in of]}]}

    played = CloudFormation()
    findings = examine_stack(lambda service: played if service == "cloudformation" else clients(service), "mine")
    assert set(failed(findings)) == {"alarms", "alarm mail", "trail"}


class Trails:
    """CloudTrail with one trail, whose selectors are `selected`."""

    def __init__(self, selected: dict[str, Any], *, logs: bool = True) -> None:
        self.selected, self.logs = selected, logs

    def describe_trails(self, **_: Any) -> dict[str, Any]:
        return {"trailList": [{"Name": "all", "TrailARN": "arn:all"}]}

    def get_trail_status(self, **_: Any) -> dict[str, Any]:
        return {"IsLogging": self.logs}

    def get_event_selectors(self, **_: Any) -> dict[str, Any]:
        return self.selected


ALL = {"ReadWriteType": "All", "IncludeManagementEvents": True, "ExcludeManagementEventSources": []}
MANAGED = {"Field": "eventCategory", "Equals": ["Management"]}
WITHOUT_KMS = {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}


@pytest.mark.parametrize(
    ("trails", "tells"),
    [
        (Trails({"EventSelectors": [ALL]}), True),
        (Trails({"EventSelectors": [ALL]}, logs=False), False),
        (Trails({"EventSelectors": [ALL | {"ExcludeManagementEventSources": ["kms.amazonaws.com"]}]}), False),
        (Trails({"EventSelectors": [ALL | {"ReadWriteType": "WriteOnly"}]}), False),
        (Trails({"AdvancedEventSelectors": [{"FieldSelectors": [MANAGED]}]}), True),
        (Trails({"AdvancedEventSelectors": [{"FieldSelectors": [MANAGED, WITHOUT_KMS]}]}), False),
        (Trails({}), False),
    ],
)
def test_doctor_says_whether_cloudtrail_reports_a_touched_key(trails: Trails, tells: bool) -> None:
    if tells:
        assert trail(lambda _: trails) == "all tells when a key is touched"
    else:
        with pytest.raises(CheckFailed, match="no CloudTrail trail"):
            trail(lambda _: trails)


def test_a_policy_that_lets_in_more_is_mended_by_the_command_that_is_printed(
    clients: Clients, outputs: dict[str, str]
) -> None:
    kms, arn = clients("kms"), outputs["SealingKeyArn"]
    good = json.loads(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"])
    stranger = {"Effect": "Allow", "Principal": {"AWS": f"{ACCOUNT}:role/me"}, "Action": "kms:Decrypt", "Resource": "*"}
    more = good | {"Statement": [*good["Statement"], stranger]}
    kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=json.dumps(more))
    line = failed(examine_state(clients, outputs))["sealing key"]
    kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=line.partition("--policy '")[2].rpartition("'")[0])
    assert failed(examine_state(clients, outputs)) == {}
