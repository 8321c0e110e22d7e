"""Props: the provider's tokens for one grant, as they lie sealed in it."""

from math import inf

from msgspec.json import Decoder

from mailconnect.clock import Entropy
from mailconnect.encoding import fast_json
from mailconnect.encoding.discreet import Discreet
from mailconnect.grants.envelope import seal, unseal
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.grant import Grant


class Props(Discreet, frozen=True, kw_only=True):
    """`refresh_token` is None for an API token, which is not refreshed; `expires_at` is None where no end is known.
    `client_id` is what we were at the provider when we got the tokens, which serve no other client (RFC 6749 §6)."""

    access_token: str
    refresh_token: str | None = None
    obtained_at: int = 0
    expires_at: int | None = None
    client_id: str = ""

    def due_for_refresh(self, now: int) -> bool:
        """Five minutes before its end, or in the last quarter of a token that lives for less than twenty."""
        return self._left(now) <= min(300, self._lifetime() // 4)

    def serves(self, now: int) -> bool:
        """Whether the provider will still take it, though clocks differ by up to a minute."""
        return self.serves_for(now) > 0

    def serves_for(self, now: int) -> float:
        """Seconds."""
        return self._left(now) - min(60, self._lifetime() // 8)

    def _left(self, now: int) -> float:
        return inf if self.expires_at is None or self.refresh_token is None else self.expires_at - now

    def _lifetime(self) -> int:
        return max((self.expires_at or 0) - self.obtained_at, 0)


_PROPS = Decoder(Props)


def seal_props(props: Props, grant: Grant, data_key: bytes, entropy: Entropy, *, version: int) -> bytes:
    return seal(data_key, fast_json.encode(props), _place(grant, version), entropy)


def open_props(grant: Grant, data_key: bytes) -> Props:
    """The provider's tokens in clear. Only who holds the data key gets here: a live token's bearer, or `sweep`."""
    try:
        # A newer release, running beside this one during a deployment, may have written more: that is passed over.
        return _PROPS.decode(unseal(data_key, grant.props, _place(grant, grant.props_version)))
    except ValueError:
        raise SealBroken("props_form") from None


def _place(grant: Grant, version: int) -> tuple[str, ...]:
    """This grant, client and owner, in this version of the provider's tokens."""
    return ("props", grant.id, grant.client_id, grant.owner, str(version))
