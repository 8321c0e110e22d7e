"""list_masked_emails: the owner's masked addresses, and which site each is for."""

from collections.abc import Mapping, Sequence
from typing import Any

from mailconnect.mcp.message import text_result
from mailconnect.mcp.tool import Arguments, Call, Tool

SCOPE = "masked:read"

_LONGEST = 160


def _arguments() -> type[Arguments]:
    from mailconnect.mcp.arguments.list_masked_emails import ListMaskedEmails  # noqa: PLC0415 -- brings pydantic

    return ListMaskedEmails


async def _run(call: Call, arguments: Any) -> Mapping[str, Any]:
    from mailconnect.mcp.tools.emails.quoted import BARS  # noqa: PLC0415

    found = await call.context.masked.masked()
    wanted = (arguments.text or "").casefold()
    fitting = [one for one in found.addresses if wanted in f"{one.email} {one.site} {one.description}".casefold()]
    shown = sorted(fitting, key=_last_used, reverse=True)[: arguments.limit]
    if not shown:
        return text_result("No masked address matches." if wanted else "There are no masked addresses.")
    lines = [f"Masked addresses: {len(shown)} of {len(fitting)}", BARS]
    if found.unreadable:
        lines.insert(1, f"{found.unreadable} could not be read.")
    if found.may_be_incomplete:
        lines.insert(1, "There may be more: the provider gives no more at once, and does not say if there are.")
    for one in shown:
        lines += described(one)
    return text_result("\n".join(lines))


def described(one: Any) -> Sequence[str]:
    """Ours first, then what others may have written."""
    from mailconnect.mcp.tools.emails.quoted import inline, quoted  # noqa: PLC0415

    facts = [f"maskedEmailId {inline(one.id, longest=255)}", one.state or "state unknown"]
    if one.last_message_at is not None:
        facts.append(f"last mail {one.last_message_at:%Y-%m-%d}")
    said = [one.email, one.site, one.description]
    return [" · ".join(facts), quoted(" · ".join(word for word in said if word.strip()), longest=_LONGEST)]


def _last_used(one: Any) -> float:
    last = one.last_message_at or one.created_at
    return last.timestamp() if last is not None else 0.0


LIST_MASKED_EMAILS = Tool(
    name="list_masked_emails",
    title="List masked addresses",
    description=(
        "Lists the person's masked addresses: addresses made for one site each that lead to their mailbox. Use it to "
        "learn which address a site has, or which to switch off. Only some mail providers have them (Fastmail does)."
    ),
    arguments=_arguments,
    output_schema=None,
    scopes=(SCOPE,),
    run=_run,
    fits=lambda context: context.masked.may_have_masked(),
)
