"""A step back and forward again, with an emulator's Lambda: versions, aliases, and what is deleted."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config

from mailconnect.cli.deploy.versions import ALIAS, ENTRY_POINTS, back, prune
from tests.aws.client import client
from tests.aws.emulator import Emulator

pytestmark = pytest.mark.aws

TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}


def code(text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", text)
    return packed.getvalue()


class Deployed:
    """The three entry points, of which each deployment publishes a version and lets the alias lead there."""

    def __init__(self, lambda_: Any, role: str, stack: str) -> None:
        self.lambda_, self.stack = lambda_, stack
        for entry in ENTRY_POINTS:
            lambda_.create_function(
                FunctionName=f"{stack}-{entry}",
                Runtime="python3.13",
                Handler="index.handler",
                Role=role,
                Code={"ZipFile": code("")},
            )
        self.builds = 0

    def deploy(self) -> None:
        self.builds += 1
        for entry in ENTRY_POINTS:
            name = f"{self.stack}-{entry}"
            self.lambda_.update_function_code(FunctionName=name, ZipFile=code(f"# {self.builds}"))
            version = self.lambda_.publish_version(FunctionName=name)["Version"]
            put = self.lambda_.create_alias if self.builds == 1 else self.lambda_.update_alias
            put(FunctionName=name, Name=ALIAS, FunctionVersion=version)

    def running(self) -> set[int]:
        return {
            int(self.lambda_.get_alias(FunctionName=f"{self.stack}-{entry}", Name=ALIAS)["FunctionVersion"])
            for entry in ENTRY_POINTS
        }

    def kept(self) -> list[str]:
        told = self.lambda_.list_versions_by_function(FunctionName=f"{self.stack}-mcp")["Versions"]
        return sorted(one["Version"] for one in told if one["Version"] != "$LATEST")


@pytest.fixture
def deployed(moto: Emulator) -> Iterator[Deployed]:
    iam, lambda_ = (client(name, Config(read_timeout=60), moto.url) for name in ("iam", "lambda"))
    try:
        role = iam.create_role(RoleName="versions", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        yield Deployed(lambda_, role, "versions")
    finally:
        iam.close()
        lambda_.close()


def test_the_version_before_is_kept_and_gone_back_to_and_a_bad_one_never_again(deployed: Deployed) -> None:
    deployed.deploy()
    assert back(deployed.lambda_, "versions") == {}
    deployed.deploy()
    deployed.deploy()
    # The third is bad.
    assert back(deployed.lambda_, "versions") == dict.fromkeys(ENTRY_POINTS, (3, 2))
    assert deployed.running() == {2}
    # The fourth mends it, and the way back is to the second.
    deployed.deploy()
    assert prune(deployed.lambda_, "versions") == 2 * len(
        ENTRY_POINTS
    )  # once: the emulator gives a number a second time
    assert (deployed.running(), deployed.kept()) == ({4}, ["2", "4"])
    assert back(deployed.lambda_, "versions") == dict.fromkeys(ENTRY_POINTS, (4, 2))
