"""list_identities: the addresses that the owner may write from."""

from collections.abc import Mapping
from typing import Any

from mailconnect.mcp.message import text_result
from mailconnect.mcp.tool import Arguments, Call, Tool

SCOPE = "drafts:write"
_MAX = 100


def _arguments() -> type[Arguments]:
    from mailconnect.mcp.arguments.none import NoArguments  # noqa: PLC0415 -- brings pydantic

    return NoArguments


async def _run(call: Call, _: Any) -> Mapping[str, Any]:
    from mailconnect.mcp.tools.emails.quoted import inline  # noqa: PLC0415

    identities = await call.context.mail.identities()
    lines = [f"Addresses to write from: {len(identities)}. The first is used where nothing else says which."]
    for one in identities[:_MAX]:
        facts = [
            f"identityId {inline(one.id, longest=255)}",
            inline(one.email, longest=320),
            inline(one.name, longest=120),
            f"any address of {inline(one.email[2:], longest=253)}" if one.is_wildcard else "",
            "with signature" if (one.text_signature or one.html_signature).strip() else "no signature",
        ]
        lines.append("- " + " · ".join(fact for fact in facts if fact.strip()))
    if len(identities) > _MAX:
        lines.append(f"and {len(identities) - _MAX} more")
    return text_result("\n".join(lines))


LIST_IDENTITIES = Tool(
    name="list_identities",
    title="List sender addresses",
    description=(
        "Lists the addresses that the person can write from. write_draft chooses by itself the one that an email came "
        "to: this is needed only where the person asks for another."
    ),
    arguments=_arguments,
    output_schema=None,
    scopes=(SCOPE,),
    run=_run,
)
