"""Which region an operator's command is for: the one it names, or else the one that the stack was deployed in."""

import os

from mailconnect.cli.deploy import answers


def region_of(stack: str, named: str | None) -> str | None:
    """AWS_REGION where neither is known: botocore does not read it. None leaves it to botocore.

    Raises CommandFailed.
    """
    return named or answers.region_of(stack) or os.environ.get("AWS_REGION")
