"""The operator function of a deployed stack, invoked with the AWS credentials of the command's user."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from mailconnect.cli.operator_client import OperatorClient, Reply
from mailconnect.cli.subcommand import CommandFailed


def stack_operator(
    stack: str, region: str | None = None, make_client: Callable[[str], Any] | None = None
) -> OperatorClient:
    """Raises CommandFailed where there is no such stack, or no right to see it."""
    import boto3  # type: ignore[import-untyped]  # noqa: PLC0415 - as in mailconnect.cli.opening
    from botocore.config import Config  # type: ignore[import-untyped]  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # noqa: PLC0415

    # The function may take its 60 seconds, and a command that was carried out is not sent a second time by a time-out.
    patient = Config(read_timeout=75, retries={"total_max_attempts": 1})
    client = make_client or partial(boto3.client, region_name=region, config=patient)

    def call(service: str, operation: str, **parameters: Any) -> Any:
        try:
            return getattr(client(service), operation)(**parameters)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            raise CommandFailed(f"AWS refused {operation} for the stack {stack}: {code}") from None
        except BotoCoreError as error:
            raise CommandFailed(f"AWS could not be asked ({type(error).__name__}); check region and login") from None

    [described] = call("cloudformation", "describe_stacks", StackName=stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    if "OperatorFunction" not in outputs:
        raise CommandFailed(f"The stack {stack} has no function for its operator: it is not a mailconnect")

    async def obey(event: Any) -> Reply:
        said = call("lambda", "invoke", FunctionName=outputs["OperatorFunction"], Payload=json.dumps(event).encode())
        answer = json.loads(said["Payload"].read())
        if "FunctionError" in said or not isinstance(answer, dict):
            raise CommandFailed("The operator's function failed; its log says why")
        return answer

    return OperatorClient(obey, _pause)


async def _pause() -> None:
    """The deployed sweep runs by itself: wait before the next look at its result."""
    await asyncio.sleep(2)
