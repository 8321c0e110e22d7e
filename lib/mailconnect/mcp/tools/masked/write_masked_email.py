"""write_masked_email: makes a masked address for a site, or switches one on or off."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mailconnect.mcp.message import text_result, tool_error
from mailconnect.mcp.tool import CHANGES, Arguments, Call, Tool

SCOPE = "masked:write"
_SEES = "masked:read"

_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", re.ASCII)
_NOT_IN_A_PREFIX = re.compile(r"[^a-z0-9_]+")


def _arguments() -> type[Arguments]:
    from mailconnect.mcp.arguments.write_masked_email import WriteMaskedEmail  # noqa: PLC0415 -- brings pydantic

    return WriteMaskedEmail


async def _run(call: Call, arguments: Any) -> Mapping[str, Any]:
    from mailconnect.masked.address import MaskedState  # noqa: PLC0415

    if arguments.action == "create":
        return await _made(call, arguments)
    state = MaskedState.ENABLED if arguments.action == "enable" else MaskedState.DISABLED
    await call.context.masked.set_masked(arguments.maskedEmailId, state)
    if state is MaskedState.ENABLED:
        return text_result("Switched on: mail to it reaches the inbox. To undo: action disable.")
    return text_result("Switched off: mail to it goes to the trash. To undo: action enable.")


async def _made(call: Call, arguments: Any) -> Mapping[str, Any]:
    """A second call for the same site finds what the first one made."""
    from mailconnect.masked.address import MaskedState, NewMaskedAddress  # noqa: PLC0415
    from mailconnect.mcp.tools.emails.quoted import BARS  # noqa: PLC0415
    from mailconnect.mcp.tools.masked.list_masked_emails import described  # noqa: PLC0415

    site = origin(arguments.site)
    if site is None:
        return tool_error("`site` must be the name of a site, such as example.com. Nothing was made.")
    masked = call.context.masked
    if not arguments.another:
        usable = {MaskedState.ENABLED, MaskedState.PENDING}
        held = [one for one in (await masked.masked()).addresses if one.state in usable and origin(one.site) == site]
        if held:
            already = "This site has a masked address already, so none was made. `another` makes one more."
            if _SEES not in call.context.granted:
                return text_result(f"{already} To see it takes {_SEES}, which the owner does not allow.")
            return text_result("\n".join([already, BARS, *(line for one in held[:5] for line in described(one))]))
    prefix = _NOT_IN_A_PREFIX.sub("_", arguments.prefix.lower()).strip("_")
    made = await masked.make_masked(NewMaskedAddress(site, arguments.description, prefix))
    lines = ["Made a masked address; mail to it reaches the inbox. To undo: action disable.", BARS]
    return text_result("\n".join([*lines, *described(made)]))


def origin(written: str) -> str | None:
    """`https://example.com` of a site's name or address, as the provider keeps it; None of anything else."""
    text = written.strip().lower()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    try:
        host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        return None
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in {None, 80, 443} else "")


WRITE_MASKED_EMAIL = Tool(
    name="write_masked_email",
    title="Make and switch masked addresses",
    description=(
        "Makes a masked address for a site, which leads to the person's mailbox and hides their own address, or "
        "switches one on or off. Only some mail providers have them (Fastmail does)."
    ),
    arguments=_arguments,
    output_schema=None,
    scopes=(SCOPE,),
    run=_run,
    fits=lambda context: context.masked.may_have_masked(),
    annotations=CHANGES,
)
