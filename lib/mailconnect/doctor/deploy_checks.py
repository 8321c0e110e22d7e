"""What `make deploy` asks AWS: `before`, whether a new stack would lose old tables; `after`, the stack's address.

python -m mailconnect.doctor.deploy_checks before STACK    exit code 3 where an old stack's tables would be lost
python -m mailconnect.doctor.deploy_checks after STACK     protects the stack against deletion, prints its address
"""

import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from mailconnect.doctor.stack import Clients

_STANDING = (
    "CREATE_COMPLETE",
    "IMPORT_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_FAILED",
    "UPDATE_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS",
)
_ALONE = """\
{found} has the tables and keys of a {stack} that was deleted. What is deployed now makes new ones beside them, which
are empty and know nobody: all connections of before would be lost to it, and their tokens live on at the provider.
docs/deploy.md, "Taking it down", says what to do with the old ones. To make new ones all the same: ANEW=yes make deploy
"""


def orphaned_tables(clients: Clients, stack: str) -> list[str]:
    """The stacks that outlived a deleted one of this name."""
    pages = clients("cloudformation").get_paginator("list_stacks").paginate(StackStatusFilter=[*_STANDING])
    names = [one["StackName"] for page in pages for one in page["StackSummaries"]]
    return [] if stack in names else sorted(name for name in names if name.startswith(f"{stack}-State-"))


def protected(clients: Clients, stack: str) -> str:
    """Protects the stack against deletion by mistake. Returns the address that owners give to their assistant."""
    cloudformation = clients("cloudformation")
    cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=True)
    [described] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in described["Outputs"]}
    return str(outputs["McpUrl"])


def main(arguments: Sequence[str], clients: Clients) -> int:
    when, stack = arguments
    try:
        if when == "after":
            sys.stdout.write(f"{protected(clients, stack)}\n")
        elif found := orphaned_tables(clients, stack):
            sys.stderr.write(_ALONE.format(found=" and ".join(found), stack=stack))
            return 3
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        sys.stderr.write(f"AWS refused {error.operation_name} for {stack} ({code}).\n")
        return 2
    except BotoCoreError as error:
        sys.stderr.write(f"AWS could not be asked ({type(error).__name__}); check region and login.\n")
        return 2
    return 0


if __name__ == "__main__":
    import boto3  # type: ignore[import-untyped]

    sys.exit(main(sys.argv[1:], boto3.client))
