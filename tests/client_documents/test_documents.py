"""Documents that were fetched: kept as long as they are fresh, and fetched once for all who ask at once."""

import asyncio
from dataclasses import dataclass, field

import anyio
import anyio.lowlevel
import pytest

from mailconnect.client_documents.documents import _MAX_KEPT, Documents
from mailconnect.client_documents.fetched import Fetched, NotFetched
from mailconnect.oauth.clients.id_url import DocumentUrl, document_url
from tests.bridge import TurnedClock

pytestmark = pytest.mark.anyio


def url(number: int = 0) -> DocumentUrl:
    return document_url(f"https://app.example/{number}.json", "")


@dataclass
class Host:
    """`answers` are what it says in turn; an exception is raised."""

    answers: list[bytes | Exception]
    cache_control: str = "max-age=60"
    asked: list[str] = field(default_factory=list)
    waits_for: anyio.Event | None = None

    async def fetch(self, url: DocumentUrl) -> Fetched:
        self.asked.append(url.url)
        if self.waits_for is not None:
            await self.waits_for.wait()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return Fetched(answer, (("cache-control", self.cache_control),))


def read(at: DocumentUrl, body: bytes) -> bytes:
    assert at.host == "app.example"
    if body == b"invalid":
        raise ValueError(body)
    return body


def documents(host: Host, clock: TurnedClock | None = None) -> Documents[bytes]:
    return Documents(host.fetch, read, clock or TurnedClock())


async def test_a_fresh_document_is_not_fetched_again_and_a_stale_one_is() -> None:
    clock = TurnedClock()
    host = Host([b"first", b"second"])
    kept = documents(host, clock)
    assert kept.costs_a_fetch(url())
    assert [await kept.get(url()), await kept.get(url())] == [b"first", b"first"]
    assert not kept.costs_a_fetch(url())
    clock.now += 59
    assert await kept.get(url()) == b"first"
    clock.now += 1
    assert kept.costs_a_fetch(url())
    assert await kept.get(url()) == b"second"
    assert len(host.asked) == 2


async def test_a_document_that_must_not_be_kept_is_not_kept() -> None:
    host = Host([b"first", b"second"], cache_control="no-store")
    kept = documents(host)
    assert [await kept.get(url()), await kept.get(url())] == [b"first", b"second"]


@pytest.mark.row("CI-07")
async def test_an_error_is_never_kept() -> None:
    host = Host([NotFetched("status_404"), b"invalid", b"good"])
    kept = documents(host)
    with pytest.raises(NotFetched):
        await kept.get(url())
    with pytest.raises(ValueError, match="invalid"):
        await kept.get(url())
    assert await kept.get(url()) == b"good"


@pytest.mark.row("CI-21")
async def test_callers_at_once_share_one_fetch_and_its_failure_is_not_sticky() -> None:
    host = Host([NotFetched("too_slow"), b"good"], waits_for=anyio.Event())
    kept = documents(host)
    asking = [asyncio.create_task(kept.get(url())) for _ in range(50)]
    await anyio.wait_all_tasks_blocked()
    assert not kept.costs_a_fetch(url())
    assert host.waits_for
    host.waits_for.set()
    outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {NotFetched}
    assert len(host.asked) == 1
    assert await kept.get(url()) == b"good"


@pytest.mark.row("CI-21")
async def test_the_first_caller_may_go_away_without_harm_to_the_others() -> None:
    host = Host([b"good"], waits_for=anyio.Event())
    kept = documents(host)
    first, second = (asyncio.create_task(kept.get(url())) for _ in range(2))
    await anyio.wait_all_tasks_blocked()
    first.cancel()
    assert host.waits_for
    host.waits_for.set()
    assert await second == b"good"
    assert len(host.asked) == 1


async def test_a_document_that_did_not_do_stays_until_there_is_another_and_is_fetched_anew_once_a_minute() -> None:
    clock = TurnedClock()
    host = Host([b"first", NotFetched("too_slow"), b"invalid", b"second"], cache_control="max-age=3600")
    kept = documents(host, clock)
    await kept.get(url())
    clock.now += 60
    assert not kept.costs_a_fetch(url(), anew=True)
    assert await kept.get(url(), anew=True) == b"first"
    for _ in range(2):
        clock.now += 61
        assert kept.costs_a_fetch(url(), anew=True)
        assert not kept.costs_a_fetch(url())
        with pytest.raises((NotFetched, ValueError)):
            await kept.get(url(), anew=True)
        assert not kept.costs_a_fetch(url(), anew=True)
        assert await kept.get(url()) == await kept.get(url(), anew=True) == b"first"
    clock.now += 61
    assert await kept.get(url(), anew=True) == await kept.get(url()) == b"second"
    assert len(host.asked) == 4


@pytest.mark.row("CI-21")
async def test_a_caller_who_wants_it_anew_waits_for_the_fetch_and_the_others_have_the_kept_document() -> None:
    clock = TurnedClock()
    host = Host([b"first", b"second"], cache_control="max-age=3600")
    kept = documents(host, clock)
    await kept.get(url())
    clock.now += 61
    host.waits_for = anyio.Event()
    asking = [asyncio.create_task(kept.get(url(), anew=True)) for _ in range(2)]
    await anyio.wait_all_tasks_blocked()
    assert await kept.get(url()) == b"first"
    host.waits_for.set()
    assert await asyncio.gather(*asking) == [b"second", b"second"]
    assert len(host.asked) == 2


async def test_a_document_is_kept_for_the_least_time_whatever_its_host_says() -> None:
    clock = TurnedClock()
    host = Host([b"first", b"second"], cache_control="no-store")
    kept = Documents(host.fetch, read, clock, at_least=60)
    await kept.get(url())
    clock.now += 59
    assert await kept.get(url()) == b"first"
    clock.now += 1
    assert await kept.get(url()) == b"second"


async def test_a_failure_that_nobody_waits_for_any_more_is_no_fault() -> None:
    """An exception that nobody looked at would be a warning, and so an error here."""
    host = Host([NotFetched("too_slow")], waits_for=anyio.Event())
    kept = documents(host)
    only = asyncio.create_task(kept.get(url()))
    await anyio.wait_all_tasks_blocked()
    only.cancel()
    assert host.waits_for
    host.waits_for.set()
    for _ in range(5):
        await anyio.lowlevel.checkpoint()
    assert kept.costs_a_fetch(url())


async def test_so_many_are_kept_and_no_more() -> None:
    kept = documents(Host([b"x"]))
    for number in range(_MAX_KEPT + 1):
        await kept.get(url(number))
    assert kept.costs_a_fetch(url(0))
    assert not kept.costs_a_fetch(url(1))
    assert not kept.costs_a_fetch(url(_MAX_KEPT))
