"""A page that stays as it is while it is read in one language after another."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.browser.served import Served, TurnedClock
from tests.browser.visitor import Visitor


class _Lingering(TurnedClock):
    """The ways of the gallery turn the clock back once a page is there, and the page would be another one."""

    _now = 0

    @property  # type: ignore[override]  # an attribute there
    def ahead(self) -> int:
        return self._now

    @ahead.setter
    def ahead(self, seconds: int) -> None:
        self._now = max(self._now, seconds)


@contextmanager
def lingering(served: Served) -> Iterator[None]:
    """Meanwhile nobody turns the clock back."""
    served.clock.__class__ = _Lingering
    try:
        yield
    finally:
        served.clock.__class__ = TurnedClock


def read_in(visitor: Visitor, code: str) -> None:
    """The same page in this language: as after a press on its link, which pages without an address lack."""
    cookie = {"name": "mailconnect-language", "value": code, "url": visitor.served.issuer}
    visitor.context.add_cookies([cookie])  # type: ignore[list-item]
    visitor.page.reload()
