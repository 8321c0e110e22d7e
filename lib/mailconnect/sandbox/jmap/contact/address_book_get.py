"""AddressBook/get (RFC 9610 §2.1)."""

from typing import Any

from mailconnect.sandbox.contacts import ADDRESS_BOOKS
from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.getting import got, properties_of

_RIGHTS = ("mayWrite", "mayShare", "mayDelete")


def address_book_get(call: Call) -> dict[str, Any]:
    call.allow("ids", "properties")
    written = {
        book_id: {
            "id": book_id,
            "name": name,
            "description": None,
            "sortOrder": number,
            "isDefault": number == 0,
            "isSubscribed": True,
            "shareWith": None,
            "myRights": {"mayRead": True, **dict.fromkeys(_RIGHTS, not call.read_only and number != 0)}
            | {"mayWrite": not call.read_only},
        }
        for number, (book_id, name) in enumerate(ADDRESS_BOOKS.items())
    }
    known = next(iter(written.values()))
    return got(call, written, lambda book: book, properties=properties_of(call, known))
