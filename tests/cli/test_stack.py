"""The operator's function of a deployed stack, as the command finds and invokes it."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoRegionError

from mailconnect.cli.stack import stack_operator
from mailconnect.cli.subcommand import CommandFailed

pytestmark = pytest.mark.anyio


class Aws:
    """One stack, and its operator's function."""

    def __init__(self, answer: object = None, outputs: dict[str, str] | None = None, **said: object) -> None:
        self.answer, self.said = answer, said
        self.outputs = {"OperatorFunction": "mailconnect-operator"} if outputs is None else outputs
        self.invoked: list[tuple[str, Any]] = []
        self.fails: Exception | None = None

    def __call__(self, _service: str) -> "Aws":
        return self

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - AWS's names
        if self.fails:
            raise self.fails
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in self.outputs.items()]
        return {"Stacks": [{"StackName": StackName, "Outputs": outputs}]}

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        self.invoked.append((FunctionName, json.loads(Payload)))
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode())} | self.said


async def test_a_command_is_the_event_and_the_answer_the_functions() -> None:
    aws = Aws({"grants": []})
    event = {"command": "list", "owner": "alice@example.com"}
    assert await stack_operator("mailconnect", make_client=aws).ask(event) == {"grants": []}
    assert aws.invoked == [("mailconnect-operator", event)]


async def test_a_refusal_of_the_function_is_one_sentence() -> None:
    with pytest.raises(CommandFailed, match="Name an owner"):
        await stack_operator("mailconnect", make_client=Aws({"error": "Name an owner."})).ask({"command": "list"})


@pytest.mark.parametrize("aws", [Aws({"errorMessage": "x"}, FunctionError="Unhandled"), Aws([]), Aws(None)])
async def test_a_function_that_fails_is_told_without_its_words(aws: Aws) -> None:
    with pytest.raises(CommandFailed, match="its log says why"):
        await stack_operator("mailconnect", make_client=aws).ask({"command": "list"})


def test_a_stack_that_is_another_programs_is_refused() -> None:
    with pytest.raises(CommandFailed, match="not a mailconnect"):
        stack_operator("other", make_client=Aws(outputs={"Url": "x"}))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ClientError({"Error": {"Code": "ValidationError", "Message": "secret"}}, "DescribeStacks"), "ValidationError"),
        (NoRegionError(), "check region and login"),
    ],
)
def test_a_refusal_of_aws_is_told_by_its_code(error: Exception, sentence: str) -> None:
    aws = Aws()
    aws.fails = error
    with pytest.raises(CommandFailed, match=sentence) as told:
        stack_operator("mailconnect", make_client=aws)
    assert "secret" not in str(told.value)


def test_a_command_that_was_carried_out_is_not_sent_again_by_a_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator's function may take its 60 seconds, in which botocore would otherwise ask a second time."""
    made = {}

    def client(service: str, **options: Any) -> Aws:
        made[service] = options
        return Aws({})

    monkeypatch.setattr("boto3.client", client)
    stack_operator("mailconnect", "eu-north-1")
    config = made["cloudformation"]["config"]
    assert made["cloudformation"]["region_name"] == "eu-north-1"
    assert config.read_timeout > 60
    assert config.retries == {"total_max_attempts": 1}
