"""What every audit store must do. A subclass gives the fixtures `audit` and `audit_elsewhere`, a second instance onto
the same data."""

import asyncio
import dataclasses

import pytest

from mailconnect.store.audit import PAGE, Actor, AuditEvents, Event, What, pages_of

NOW = 1_800_000_000
ALICE, BOB = "a" * 64, "b" * 64
EVENT = Event(
    id=f"{NOW:010}-{'0' * 24}",
    owner=ALICE,
    at=NOW,
    what=What.CONNECTED,
    actor=Actor.OWNER,
    door="web",
    source="IPv6",
    grant="c" * 32,
    client_id="client",
    client_name="Zoë's \U0001f4ec",
    reason="notice 2026-11-21",
    request="r",
    expires_at=NOW + 600,
)
BARE = dataclasses.replace(EVENT, grant=None, client_id=None, client_name=None, reason=None, request=None)


def event(number: int, **fields: object) -> Event:
    return dataclasses.replace(EVENT, **{"id": f"{NOW + number:010}-{number:024}", "at": NOW + number, **fields})


class AuditContract:
    expires_by_itself = False
    """Whether expired items go without `delete_expired`."""

    @pytest.mark.parametrize("kept", [EVENT, BARE], ids=["every field", "no field that may be none"])
    async def test_an_event_comes_back_as_it_was_appended(self, audit: AuditEvents, kept: Event) -> None:
        await audit.append(kept)
        assert (await audit.of_owner(ALICE, NOW)).events == [kept]

    async def test_an_owner_sees_their_own_events_the_latest_first(self, audit: AuditEvents) -> None:
        for one in (event(2), event(1), event(3), event(4, owner=BOB)):
            await audit.append(one)
        assert (await audit.of_owner(ALICE, NOW)).events == [event(3), event(2), event(1)]

    async def test_of_one_second_what_follows_stands_above_what_it_follows(self, audit: AuditEvents) -> None:
        """Without its id, which is random after the time in seconds."""
        course = [
            What.SIGNED_IN,
            What.CONNECTED,
            What.NARROWED,
            What.GRANT_RETIRED,
            What.WRAP_OPENED,
            What.ERASED,
        ]
        for number, what in enumerate(course):
            await audit.append(dataclasses.replace(EVENT, id=f"{NOW:010}-{number * 7 % 6:024}", what=what))
        assert [one.what for one in (await audit.of_owner(ALICE, NOW)).events] == course[::-1]

    @pytest.mark.parametrize("strange", ["", "x" * 3000, "\ud800", "' OR 1=1 --"], ids=ascii)
    async def test_an_owner_of_nothing_sees_nothing(self, audit: AuditEvents, strange: str) -> None:
        await audit.append(EVENT)
        assert (await audit.of_owner(strange, NOW)).events == []

    async def test_an_event_that_is_there_is_never_changed(
        self, audit: AuditEvents, audit_elsewhere: AuditEvents
    ) -> None:
        await audit.append(EVENT)
        await audit_elsewhere.append(dataclasses.replace(EVENT, reason="another"))
        assert (await audit.of_owner(ALICE, NOW)).events == [EVENT]

    async def test_twenty_at_once_are_all_kept(self, audit: AuditEvents, audit_elsewhere: AuditEvents) -> None:
        events = [event(number) for number in range(20)]
        await asyncio.gather(*((audit, audit_elsewhere)[one.at % 2].append(one) for one in events))
        assert (await audit.of_owner(ALICE, NOW)).events == events[::-1]

    async def test_more_than_a_page_of_answers_is_all_seen(self, audit: AuditEvents) -> None:
        events = [event(number, reason="x" * 30_000) for number in range(40)]  # DynamoDB answers 1 MB at a time
        for one in events:
            await audit.append(one)
        assert [one.id for one in (await audit.of_owner(ALICE, NOW)).events] == [one.id for one in events[::-1]]

    async def test_no_more_is_read_than_was_asked_for_and_the_rest_where_it_ends(self, audit: AuditEvents) -> None:
        for one in (*map(event, (2, 5, 1, 3, 4)), event(9, owner=BOB), event(0, expires_at=NOW)):
            await audit.append(one)
        latest = await audit.of_owner(ALICE, NOW, limit=2)
        assert (latest.events, latest.earlier) == ([event(5), event(4)], event(4).id)
        then = await audit.of_owner(ALICE, NOW, limit=2, before=latest.earlier)
        assert then.events == [event(3), event(2)]
        await audit.remove(event(2))  # it need not be there any more
        last = await audit.of_owner(ALICE, NOW, limit=2, before=event(2).id)
        assert (last.events, last.earlier, last.unknown) == ([event(1)], None, 0)
        assert (await audit.of_owner(ALICE, NOW, limit=5)).earlier in (
            None,
            event(1).id,
        )  # what expired is not yet gone
        assert (await audit.of_owner(ALICE, NOW, before=event(1).id)).events == []

    async def test_a_page_that_has_all_is_the_last(self, audit: AuditEvents) -> None:
        for number in range(3):
            await audit.append(event(number))
        assert (await audit.of_owner(ALICE, NOW, limit=3)).earlier is None
        assert (await audit.of_owner(ALICE, NOW, limit=2)).earlier == event(1).id

    async def test_page_by_page_everything_is_seen_once(self, audit: AuditEvents) -> None:
        events = [event(number) for number in range(PAGE + 3)]
        for one in events:
            await audit.append(one)
        pages = [page.events async for page in pages_of(audit, ALICE, NOW)]
        assert [len(page) for page in pages] == [PAGE, 3]
        assert [one for page in pages for one in page] == events[::-1]

    async def test_a_removed_event_is_gone_and_may_be_removed_again(self, audit: AuditEvents) -> None:
        for one in (event(1), event(2)):
            await audit.append(one)
        await audit.remove(event(1))
        await audit.remove(event(1))
        assert (await audit.of_owner(ALICE, NOW)).events == [event(2)]

    @pytest.mark.row("F-27")
    async def test_an_expired_event_is_not_seen_and_is_deleted(self, audit: AuditEvents) -> None:
        for one in (event(1, expires_at=NOW + 10), event(2)):
            await audit.append(one)
        assert (await audit.of_owner(ALICE, NOW + 9)).events == [event(2), event(1, expires_at=NOW + 10)]
        assert (await audit.of_owner(ALICE, NOW + 10)).events == [event(2)]
        assert await audit.delete_expired(NOW + 10) == (0 if self.expires_by_itself else 1)
        assert (await audit.of_owner(ALICE, NOW)).events[0] == event(2)
