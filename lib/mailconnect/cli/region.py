"""Which region an operator's command is for: the one it names, or else the one that the stack was deployed in."""

from mailconnect.cli.deploy import answers


def region_of(stack: str, named: str | None) -> str | None:
    """None where neither is known: then AWS's own settings decide, AWS_REGION or a profile. Raises CommandFailed."""
    return named or answers.region_of(stack)
