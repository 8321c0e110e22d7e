"""`mailconnect doctor URL`: whether a deployment is as it should be, a line for each check and what to do."""

import argparse
import asyncio
import ipaddress
import sys
import time
from collections.abc import Mapping
from functools import partial
from urllib.parse import urlsplit

from mailconnect.cli.region import region_of
from mailconnect.cli.subcommand import CommandFailed, Subparsers
from mailconnect.doctor.finding import Finding
from mailconnect.settings import Settings, from_environment


def add(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("doctor", help="check a deployment from outside, and with --stack from inside")
    parser.add_argument("url", metavar="URL", help="its address, such as https://mail.example.com")
    parser.add_argument("--stack", metavar="NAME", help="look at its tables, keys and alarms too, with AWS credentials")
    parser.add_argument("--region", metavar="REGION", help="where the stack is; else what deployments.toml says of it")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    issuer = _issuer(arguments.url)
    settings = from_environment(environment)
    # Those of the bridge itself, on its machine; or whatever an operator elsewhere has set, which tells nothing.
    its = settings if settings.issuer == issuer and not arguments.stack else None
    region = region_of(arguments.stack, arguments.region) if arguments.stack else None
    return asyncio.run(examined(issuer, arguments.stack, region, its))


async def examined(issuer: str, stack: str | None, region: str | None = None, settings: Settings | None = None) -> int:
    """Prints the findings; the exit code is 1 where something is wrong."""
    # Libraries that no other subcommand needs.
    import httpx  # noqa: PLC0415

    from mailconnect.doctor.outside import examine  # noqa: PLC0415
    from mailconnect.doctor.probe import Probe  # noqa: PLC0415
    from mailconnect.doctor.web_server import web_server  # noqa: PLC0415

    async with httpx.AsyncClient(timeout=15, trust_env=not _on_this_machine(issuer)) as http:
        findings = await examine(Probe(issuer, http, lambda: int(time.time())))
    if settings is not None and settings.provider == "jmap":
        findings.append(await _mail_provider(settings))
    if settings is not None and settings.secure:
        findings.append(web_server(settings))
    if stack is not None:
        import boto3  # type: ignore[import-untyped]  # noqa: PLC0415

        from mailconnect.doctor.stack import examine_stack  # noqa: PLC0415

        findings += examine_stack(partial(boto3.client, region_name=region), stack)
    for finding in findings:
        sys.stdout.write(f"{finding.line}\n")
    wrong, advice = sum(finding.failed for finding in findings), sum(finding.advice for finding in findings)
    outcome = (f"{wrong} failed" if wrong else "all good") + (f", {advice} left to be set" if advice else "")
    checks = sum(finding.not_made or 1 for finding in findings)
    sys.stdout.write(f"\n{checks} checks, {outcome}.\n")
    return 1 if wrong else 0


async def _mail_provider(settings: Settings) -> Finding:
    import httpx  # noqa: PLC0415

    from mailconnect.composition.provider import provider_of  # noqa: PLC0415
    from mailconnect.doctor.mail_provider import mail_provider  # noqa: PLC0415
    from mailconnect.outbound.httpx_transport import OverHttpx  # noqa: PLC0415
    from mailconnect.provider.discovery import Discovery  # noqa: PLC0415
    from mailconnect.provider.oauth_client import BOUNDS  # noqa: PLC0415

    async with httpx.AsyncHTTPTransport() as transport:
        clock = lambda: int(time.time())  # noqa: E731
        return await mail_provider(Discovery(OverHttpx(transport), provider_of(settings), clock, BOUNDS))


def _issuer(url: str) -> str:
    """With or without the closing slash or the path of the MCP endpoint. Raises CommandFailed."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("https", "http") and parts.hostname and parts.path in ("", "/", "/mcp")
        usable = usable and not (parts.query or parts.fragment or "@" in parts.netloc)
    except ValueError:
        usable = False
    if not usable:
        raise CommandFailed(f"{url} is no address of a bridge; name it like https://mail.example.com")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _on_this_machine(issuer: str) -> bool:
    host = urlsplit(issuer).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
