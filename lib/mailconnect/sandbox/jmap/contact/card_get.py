"""ContactCard/get (RFC 9610 §3.1); a card is a JSContact Card (RFC 9553)."""

from typing import Any

from mailconnect.sandbox.contacts import CARD_PROPERTIES, cards
from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.getting import got, properties_of


def contact_card_get(call: Call) -> dict[str, Any]:
    call.allow("ids", "properties")
    properties = properties_of(call, CARD_PROPERTIES)

    def written(card: dict[str, Any]) -> dict[str, Any]:
        return card if properties is None else {name: card[name] for name in ("id", *properties) if name in card}

    return got(call, {card["id"]: card for card in cards(call.held.owner.login)}, written)
