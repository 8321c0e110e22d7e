"""`mailconnect deploy` against an emulator's CloudFormation, S3, KMS, DynamoDB, IAM and Budgets, over HTTP.

The state is infra/state.yaml itself. The service is a stand-in: the emulator does not know SAM's transform.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from mailconnect.cli.deploy import command
from mailconnect.cli.deploy.template import OF_ALARMS, parameters
from mailconnect.cli.main import _parser
from tests.aws.client import client
from tests.aws.emulator import Emulator

pytestmark = pytest.mark.aws

PROJECT = Path(__file__).parents[2]
REGION = "eu-central-1"
BUCKET = {"Resources": {}, "Outputs": {"SourceBucket": {"Value": "artifacts"}}}
TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "mailconnect-service"}}


def sam(command: Sequence[str]) -> int:
    """Builds a service that is a topic, with the parameters of ours."""
    made = {
        "Parameters": {name: {"Type": "String", "Default": ""} for name in parameters() if name not in OF_ALARMS},
        "Resources": {"Service": TOPIC},
    }
    Path(".aws-sam").mkdir(exist_ok=True)
    Path(".aws-sam/packaged.yaml").write_text(json.dumps(made))
    return 0


@pytest.fixture
def clients(moto: Emulator) -> Iterator[Callable[[str], Any]]:
    with ExitStack() as stack:
        made: dict[str, Any] = {}

        def of(service: str) -> Any:
            if service not in made:
                made[service] = client(service, Config(read_timeout=120, s3={"addressing_style": "path"}), moto.url)
                stack.callback(made[service].close)
            return made[service]

        yield lambda service: Played(of(service), service)


class Played:
    """A client of the emulator's, with what it does not know: it is asked for limits and rights in vain."""

    def __init__(self, real: Any, service: str) -> None:
        self.real, self.service = real, service

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def simulate_principal_policy(self, ActionNames: Sequence[str], **_: Any) -> dict[str, Any]:  # noqa: N803
        return {"EvaluationResults": [{"EvalActionName": name, "EvalDecision": "allowed"} for name in ActionNames]}

    def get_account_settings(self) -> dict[str, Any]:
        return {"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}}

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        """The emulator tells no outputs of a stack that a change set made."""
        told: dict[str, Any] = self.real.describe_stacks(StackName=StackName)
        if StackName == "mailconnect":
            made = {"ApiId": "a1b2", "McpUrl": "https://a1b2.example/mcp"}
            told["Stacks"][0]["Outputs"] = [{"OutputKey": key, "OutputValue": value} for key, value in made.items()]
        return told

    def update_termination_protection(self, **_: Any) -> None:
        """The emulator lets anybody delete a stack."""

    def invoke(self, **_: Any) -> None:
        """`sweep`, which the stand-in has not."""

    def get_metric_statistics(self, **_: Any) -> dict[str, Any]:
        return {"Datapoints": [{"Sum": 1.0}]}

    def get_alias(self, **_: Any) -> dict[str, str]:
        raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetAlias")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clients: Callable[[str], Any]) -> None:
    for name in ("template.yaml", "infra/state.yaml", "infra/observability.yaml", "docs/deployer-policy.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(PROJECT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)

    async def unseen(*_: object) -> int:
        return 0

    monkeypatch.setattr("mailconnect.cli.doctor.examined", unseen)
    clients("s3").create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    clients("cloudformation").create_stack(StackName="aws-sam-cli-managed-default", TemplateBody=json.dumps(BUCKET))


def deploy(clients: Callable[[str], Any], *words: str) -> int:
    arguments = _parser().parse_args(["deploy", "--yes", *words])
    return command.deploy(arguments, {}, lambda _: clients, sam, usual_region=REGION, pause=lambda _: None)


def made(clients: Callable[[str], Any]) -> dict[str, str]:
    """The state's tables and keys, by their names in the template; of outputs the emulator tells none."""
    told = clients("cloudformation").describe_stack_resources(StackName="mailconnect-state")["StackResources"]
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in told}


def test_the_state_is_made_protected_and_found_again(
    checkout: None, clients: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy(clients, "AlarmEmail=me@example.com") == 0
    state = made(clients)
    assert len(state) == 9
    for name, physical in state.items():
        if name.endswith("Key"):
            policy = str(clients("kms").get_key_policy(KeyId=physical, PolicyName="default")["Policy"])
            assert "aws:PrincipalArn" in policy
            assert "mailconnect-eu-central-1-" in policy
    # The emulator knows no alarms in a template: that takes nothing back.
    assert "without its newest alarms" in capsys.readouterr().out

    clients("cloudformation").delete_stack(StackName="mailconnect")
    assert deploy(clients) == 0
    assert made(clients) == state, "a lost service is made again over it"
