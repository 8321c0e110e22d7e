"""`mailconnect deploy`, or `make deploy`: checks, builds, deploys to AWS and looks at the result (docs/deploy.md)."""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from mailconnect.cli.deploy import answers, merging, questions, template
from mailconnect.cli.subcommand import CommandFailed, Subparsers
from mailconnect.doctor.finding import Finding

_LATER = """
It is deployed. What fails the first time may only need you or some minutes: the DNS record of a domain that is not in
Route 53, and a first run of each alarm. Then look again: make doctor URL={url} STACK={stack}
"""


def add(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("deploy", help="check, build, deploy to AWS, and look whether it works")
    parser.add_argument("settings", nargs="*", metavar="NAME=VALUE", help="a parameter, in place of what was answered")
    parser.add_argument("--environment", metavar="NAME", help="which deployment; CONFIG_ENV, or default, without it")
    parser.add_argument("--stack", metavar="NAME", help="its stack, the first time")
    parser.add_argument("--region", metavar="REGION", help="its region, the first time")
    parser.add_argument(
        "--account", metavar="NUMBER", help="its AWS account; the one it was first deployed to, without it"
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing: for a pipeline")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="only say what would be in the way")
    what.add_argument("--back", action="store_true", help="let the functions run what ran before, at once")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    # Libraries that no other subcommand needs.
    import boto3  # type: ignore[import-untyped]  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # noqa: PLC0415
    from botocore.parsers import ResponseParserError  # type: ignore[import-untyped]  # noqa: PLC0415

    from mailconnect.cli.deploy import sam  # noqa: PLC0415

    session = boto3.session.Session()
    try:
        clients = partial(_clients, session)
        return deploy(
            arguments, environment, clients, sam.run, usual_region=environment.get("AWS_REGION") or session.region_name
        )
    except ClientError as error:
        told = error.response.get("Error", {})
        raise CommandFailed(f"AWS refused {error.operation_name} ({told.get('Code')}): {told.get('Message')}") from None
    except EOFError:
        raise CommandFailed("Nobody answers here: with --yes (make deploy YES=1) nothing is asked") from None
    except (BotoCoreError, ResponseParserError) as error:
        raise CommandFailed(f"AWS could not be asked ({type(error).__name__}); check region and login") from None


def _clients(session: Any, region: str) -> Callable[[str], Any]:
    made: dict[str, Any] = {}

    def of(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service, region_name=region)
        return made[service]

    return of


def deploy(
    arguments: argparse.Namespace,
    environment: Mapping[str, str],
    clients_in: Callable[[str], Callable[[str], Any]],
    run: Callable[..., int],
    *,
    usual_region: str | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Raises CommandFailed, and what botocore raises."""
    from mailconnect.cli.deploy import versions  # noqa: PLC0415
    from mailconnect.cli.deploy.deployment import Deployment  # noqa: PLC0415
    from mailconnect.cli.deploy.preflight import Plan, examine, examine_login  # noqa: PLC0415
    from mailconnect.cli.deploy.stacks import Stacks  # noqa: PLC0415

    asking = not arguments.yes and not arguments.check
    name = arguments.environment or environment.get("CONFIG_ENV") or answers.DEFAULT
    before = answers.read(name)
    stack, region = _place(arguments, before, usual_region, asking=asking)
    clients = clients_in(region)
    stacks = Stacks(clients("cloudformation"), _say, (lambda _: True) if arguments.yes else _confirmed, pause)
    one = Deployment(stack, region, clients, stacks, run, pause)

    if arguments.back:
        _in_its_account(clients, arguments.account or (before.account if before else ""))
        moved = versions.back(clients("lambda"), stack)
        for entry_point, (was, now) in moved.items():
            _say(f"{stack}-{entry_point} runs version {now} again, in place of {was}.")
        _say("The next deployment goes forward again." if moved else "There is no version before this one.")
        return 0 if moved else 1

    _tell(examine_login(clients, region))
    account = _in_its_account(clients, arguments.account or (before.account if before else ""))
    parameters = template.parameters()
    said = questions.settings(arguments.settings, parameters)
    deployed = one.deployed()
    defaults = {key: parameter.default for key, parameter in parameters.items()}
    told = merging.merged(said, before.parameters if before else None, deployed, defaults)
    questions.check(told, parameters)
    if asking and before is None and not deployed:
        told = questions.asked(parameters, told, input, _say)
    elif before is None and deployed:
        _say(f"{stack} is there already: its own parameters are kept, but for what you set now.")

    _tell(examine(clients, Plan(stack, region, told)))
    if arguments.check:
        return 0
    _warn_of_expiry()
    answers.write(name, answers.Answers(stack, region, told, account))
    told = one.certified(told)
    answers.write(name, answers.Answers(stack, region, told, account))
    url = one.put(told)
    if url is None:
        _say("Nothing more was done.")
        return 0
    return _looked(url, stack, region, first=not deployed)


def _tell(findings: Sequence[Finding]) -> None:
    """Raises CommandFailed where one of them is in the way."""
    for finding in findings:
        _say(finding.line)
    if any(finding.failed for finding in findings):
        raise CommandFailed("Nothing was made: mend what failed first")


def _place(
    arguments: argparse.Namespace, before: answers.Answers | None, usual: str | None, *, asking: bool
) -> tuple[str, str]:
    """Name and region of the stack. Raises CommandFailed."""
    if before is not None:
        if arguments.stack not in (None, before.stack) or arguments.region not in (None, before.region):
            raise CommandFailed(
                f"{answers.FILE} has {before.stack} in {before.region}: name another deployment with --environment, or "
                "CONFIG_ENV"
            )
        return before.stack, before.region
    stack, region = arguments.stack, arguments.region
    if asking:
        stack = stack or input("Name of the stack [mailconnect]: ").strip() or "mailconnect"
        shown = f" [{usual}]" if usual else ""
        region = region or input(f"Region, where everything is kept{shown}: ").strip() or usual
    region = region or usual
    if not region:
        raise CommandFailed("Name a region: --region, or make with REGION=eu-central-1")
    answers.check_stack(stack or "mailconnect")
    return stack or "mailconnect", region


def _in_its_account(clients: Callable[[str], Any], wanted: str) -> str:
    """The account of the credentials. Raises CommandFailed where it is not the one that is wanted: another deployment
    would be made there, with the same names and nobody's connections.
    """
    account = str(clients("sts").get_caller_identity()["Account"])
    if wanted and account != wanted:
        raise CommandFailed(
            f"This deployment is in the AWS account {wanted}, and the credentials are of {account}. Log in to "
            f"{wanted}; or name another deployment with --environment, or CONFIG_ENV"
        )
    return account


def _warn_of_expiry() -> None:
    from mailconnect.endpoints.pages.security_txt import due_for_renewal, expires  # noqa: PLC0415
    from mailconnect.version import RELEASED, VERSION  # noqa: PLC0415

    if due_for_renewal(RELEASED, datetime.now(UTC).date()):
        _say(
            f"warn  The security.txt of version {VERSION} expires on {expires(RELEASED)}: deploy a newer version soon."
        )


def _looked(url: str, stack: str, region: str, *, first: bool) -> int:
    import asyncio  # noqa: PLC0415

    from mailconnect.cli.doctor import examined  # noqa: PLC0415

    code = asyncio.run(examined(url.removesuffix("/mcp"), stack, region))
    if code and first:
        _say(_LATER.format(url=url.removesuffix("/mcp"), stack=stack))
        return 0
    return code


def _confirmed(question: str) -> bool:
    return input(f"{question} [y/N]: ").strip().lower() in ("y", "yes")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
