"""An assistant's view of mailboxes on Cyrus IMAP, through bridge and sandbox, is what IMAP itself tells of them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.peers.client import AskedPerson, Client
from tests.peers.client_contract import Box, mailboxes
from tests.peers.cyrus import imap_mailboxes
from tests.peers.cyrus.cyrus import Cyrus
from tests.peers.cyrus.packages import RELEASES, CyrusUnavailableError
from tests.peers.python_mcp import python_client
from tests.peers.running_bridge import RunningBridge

pytestmark = [pytest.mark.peer, pytest.mark.anyio]


@pytest.fixture(scope="module", params=RELEASES.values(), ids=RELEASES)
def cyrus(request: pytest.FixtureRequest) -> Iterator[Cyrus]:
    try:
        with Cyrus.started(suite=request.param) as server:
            yield server
    except CyrusUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="module")
def bridge(cyrus: Cyrus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    environment = {"SANDBOX_JMAP": cyrus.jmap_url, "SANDBOX_JMAP_KEY": str(cyrus.jwt_key_file)}
    with RunningBridge.started(tmp_path_factory.mktemp("cyrus"), environment) as running:
        yield running


@asynccontextmanager
async def connected(bridge: RunningBridge, user: str, http: httpx.AsyncClient) -> AsyncIterator[Client]:
    async with python_client("auto", bridge, AskedPerson(user, http)) as client:
        await client.connect()
        yield client


def told_by_imap(cyrus: Cyrus, user: str) -> dict[str, Box]:
    """The user's own mailboxes: what others share with them is another account in JMAP, and not the connected one."""
    with cyrus.imap(user) as imap:
        counts, roles = imap_mailboxes.counts(imap), imap_mailboxes.roles(imap)
    return {
        path: (roles.get(path), box.total, box.unseen)
        for path, box in counts.items()
        if not path.startswith(imap_mailboxes.OTHER_USERS)
    }


@pytest.mark.parametrize("user", ["alice", "bob"])
async def test_the_tree_is_the_one_that_imap_tells(
    cyrus: Cyrus, bridge: RunningBridge, http: httpx.AsyncClient, user: str
) -> None:
    told = told_by_imap(cyrus, user)
    async with connected(bridge, user, http) as client:
        session, listing = await client.call("get_session", "list_mailboxes")
    assert session["structuredContent"]["accountId"] == user
    assert mailboxes(listing) == told
    assert listing["structuredContent"]["omitted"] == 0
    assert listing["structuredContent"]["totals"] == {
        "mailboxes": len(told),
        "emails": sum(total for _, total, _ in told.values()),
        "unreadEmails": sum(unread for _, _, unread in told.values()),
    }


@pytest.mark.parametrize("user", ["alice", "bob"])
async def test_every_path_is_its_parents_path_and_its_name(
    bridge: RunningBridge, http: httpx.AsyncClient, user: str
) -> None:
    async with connected(bridge, user, http) as client:
        [listing] = await client.call("list_mailboxes")
    seen: dict[str, str] = {}
    for box in listing["structuredContent"]["mailboxes"]:
        above = f"{seen[box['parentMailboxId']]}/" if "parentMailboxId" in box else ""
        assert box["path"] == f"{above}{box['name']}"
        seen[box["mailboxId"]] = box["path"]


async def test_a_change_over_imap_is_in_the_next_response(
    cyrus: Cyrus, bridge: RunningBridge, http: httpx.AsyncClient
) -> None:
    async with connected(bridge, "alice", http) as client:
        [before] = await client.call("list_mailboxes")
        with cyrus.imap("alice") as imap:
            imap.create("Projects/2027")
            imap.select('"Projects/2026/Q4"')
            imap.store("1", "+FLAGS", r"(\Seen)")
        try:
            [after] = await client.call("list_mailboxes")
            assert mailboxes(after) == told_by_imap(cyrus, "alice")
            assert {*mailboxes(after).items()} - {*mailboxes(before).items()} == {
                ("Projects/2027", (None, 0, 0)),
                ("Projects/2026/Q4", (None, 1, 0)),
            }
        finally:
            with cyrus.imap("alice") as imap:
                imap.delete("Projects/2027")
                imap.select('"Projects/2026/Q4"')
                imap.store("1", "-FLAGS", r"(\Seen)")


async def test_an_unread_draft_is_not_counted_as_unread(
    cyrus: Cyrus, bridge: RunningBridge, http: httpx.AsyncClient
) -> None:
    """Here the two protocols differ: IMAP counts it as UNSEEN, JMAP's unreadEmails leaves drafts out (RFC 8621 §2)."""
    with cyrus.imap("alice") as imap:
        imap.append("Drafts", r"(\Draft)", "", b"Subject: unread draft\r\n\r\n")
    try:
        async with connected(bridge, "alice", http) as client:
            [listing] = await client.call("list_mailboxes")
        assert told_by_imap(cyrus, "alice")["Drafts"] == ("drafts", 2, 1)
        assert mailboxes(listing)["Drafts"] == ("drafts", 2, 0)
    finally:
        with cyrus.imap("alice") as imap:
            imap.select("Drafts")
            imap.store("2", "+FLAGS", r"(\Deleted)")
            imap.expunge()
