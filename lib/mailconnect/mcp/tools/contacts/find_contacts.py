"""find_contacts: people in the owner's address book."""

from collections.abc import Mapping
from typing import Any

from mailconnect.mcp.message import text_result
from mailconnect.mcp.tool import Arguments, Call, Tool

SCOPE = "contacts:read"

_LONGEST = 300


def _arguments() -> type[Arguments]:
    from mailconnect.mcp.arguments.find_contacts import FindContacts  # noqa: PLC0415 -- brings pydantic

    return FindContacts


async def _run(call: Call, arguments: Any) -> Mapping[str, Any]:
    from mailconnect.mcp.tools.emails.quoted import BARS, inline, quoted  # noqa: PLC0415

    found = await call.context.contacts.find(arguments.name, maximum=arguments.limit)
    if not found.contacts and not found.unreadable:
        return text_result("No contact matches. Try a part of the name, or search_emails with from: or to:.")
    count = f"{len(found.contacts)} of {found.total}" if found.total is not None else f"{len(found.contacts)} shown"
    lines = [f"Contacts: {count}", BARS]
    if found.unreadable:
        lines.insert(1, f"{found.unreadable} could not be read.")
    for one in found.contacts:
        lines.append(f"contactId {inline(one.id, longest=255)}")
        said = [one.name, *one.emails, *one.phones, one.organization]
        lines.append(quoted(" · ".join(word for word in said if word.strip()) or "(no name)", longest=_LONGEST))
    return text_result("\n".join(lines))


FIND_CONTACTS = Tool(
    name="find_contacts",
    title="Find contacts",
    description=(
        "Looks people and organizations up in the address book by a part of a name, organization or address, and gives "
        "their email addresses and phone numbers. Use it to learn which address is whose before searching emails."
    ),
    arguments=_arguments,
    output_schema=None,
    scopes=(SCOPE,),
    run=_run,
    fits=lambda context: context.contacts.may_have_contacts(),
)
