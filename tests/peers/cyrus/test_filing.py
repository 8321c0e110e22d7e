"""Filing on Cyrus: the port's contract over its JMAP, and an assistant's journey, whose outcome IMAP tells."""

import imaplib
import itertools
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from mailconnect.jmap.client import JmapClient
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.mail import JmapMail
from mailconnect.jmap.mailbox.remembered_places import RememberedPlaces
from mailconnect.jmap.response import Responses
from mailconnect.jmap.session import Session
from mailconnect.mail.change import MAX_CHANGED, Patch
from mailconnect.mail.port import Mail
from mailconnect.outbound.allowed_hosts import HostAllowList
from mailconnect.outbound.httpx_transport import OverHttpx
from tests.mail.filing_contract import FilingContract
from tests.mail.letters import LETTERS
from tests.peers.client import AskedPerson, Client
from tests.peers.cyrus import config
from tests.peers.cyrus.cyrus import Cyrus
from tests.peers.cyrus.packages import CyrusUnavailableError
from tests.peers.cyrus.person import SETTINGS, load_everybody
from tests.peers.python_mcp import python_client
from tests.peers.running_bridge import RunningBridge
from tests.real_scopes import ALL_ALLOWED

pytestmark = [pytest.mark.peer, pytest.mark.anyio]

_FLAGS = {"$seen": r"\Seen", "$flagged": r"\Flagged"}
_ROLES = {"archive": "Archive", "drafts": "Drafts", "sent": "Sent", "junk": "Junk", "trash": "Trash"}
_users = itertools.count(1)


@pytest.fixture(scope="module")
def cyrus() -> Iterator[Cyrus]:
    try:
        with Cyrus.started(settings=SETTINGS, provisioned=False) as server:
            load_everybody(server, int(time.time()))
            yield server
    except CyrusUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="module")
def bridge(cyrus: Cyrus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    environment = {"SANDBOX_JMAP": cyrus.jmap_url, "SANDBOX_JMAP_KEY": str(cyrus.jwt_key_file)}
    with RunningBridge.started(tmp_path_factory.mktemp("cyrus"), environment) as running:
        yield running


@dataclass
class Direct:
    """A MailboxAccess to Cyrus, without a grant and without the sandbox before it."""

    cyrus: Cyrus
    client: JmapClient
    user: str

    async def account_id(self) -> str:
        return self.user

    async def contacts_account_id(self) -> str | None:
        return None

    def may_have_contacts(self) -> bool:
        return False

    def may_have_masked(self) -> bool:
        return False

    async def most_objects(self) -> int:
        return (await self.session()).most_objects

    async def session(self) -> Session:
        return await self.client.session(self.cyrus.jmap_url, self.cyrus.mint(self.user))

    async def call(self, using: Sequence[str], calls: Sequence[Invocation]) -> Responses:
        token = self.cyrus.mint(self.user)
        return await self.client.call(self.cyrus.jmap_url, token, using, calls, allowance=ALL_ALLOWED)

    async def download(self, account_id: str, blob_id: str, *, maximum: int) -> bytes:
        raise AssertionError


def given_user(cyrus: Cyrus) -> tuple[str, Mapping[str, str]]:
    """A new user with the letters of tests/mail/letters.py, and their ids by name."""
    user = f"filing{next(_users)}"
    with cyrus.imap(config.ADMIN) as admin:
        admin.create(f"user/{user}")
    with cyrus.imap(user) as imap:
        for role, name in _ROLES.items():
            imap.xatom("CREATE", name, rf"(USE (\{role.capitalize()}))")
        for letter in LETTERS:
            flags = " ".join(_FLAGS.get(one, one) for one in letter.keywords)
            when = imaplib.Time2Internaldate(letter.at)
            imap.append(_ROLES.get(letter.place, "INBOX"), f"({flags})", when, letter.raw)
    answer = httpx.post(
        cyrus.jmap_url,
        headers={"Authorization": f"Bearer {cyrus.mint(user)}"},
        json={
            "using": ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"],
            "methodCalls": [
                ["Email/query", {"accountId": user}, "0"],
                [
                    "Email/get",
                    {
                        "accountId": user,
                        "#ids": {"resultOf": "0", "name": "Email/query", "path": "/ids"},
                        "properties": ["messageId"],
                    },
                    "1",
                ],
            ],
        },
        timeout=30,
    )
    emails = answer.raise_for_status().json()["methodResponses"][1][1]["list"]
    return user, {one["messageId"][0].partition("@")[0]: one["id"] for one in emails}


class TestCyrus(FilingContract):
    @pytest.fixture
    async def given(self, cyrus: Cyrus) -> AsyncIterator[tuple[Mail, Mapping[str, str]]]:
        user, ids = given_user(cyrus)
        async with httpx.AsyncHTTPTransport() as transport:
            allowed = HostAllowList.of((), loopback_ports=(cyrus.http_port,))
            client = JmapClient(OverHttpx(transport), allowed, lambda: int(time.time()))
            yield JmapMail(Direct(cyrus, client, user), RememberedPlaces()), ids

    async def test_200_emails_are_filed_at_once_and_come_back(self, cyrus: Cyrus, mail: Mail) -> None:
        user = await mail._access.account_id()  # type: ignore[attr-defined]
        with cyrus.imap(user) as imap:
            for number in range(MAX_CHANGED):
                imap.append(
                    "INBOX", "()", "", f"Subject: n{number}\r\nMessage-ID: <{number}@x.example>\r\n\r\n".encode()
                )
        ids = small_emails(cyrus, user)
        assert len(ids) == MAX_CHANGED
        before = counts(cyrus, user, "Archive")[0]
        changes = await mail.change(ids, Patch(archive=True, read=True, flagged=True))
        assert (len(changes.done), len(changes.failed)) == (MAX_CHANGED, 0)
        assert counts(cyrus, user, "Archive")[0] == before + MAX_CHANGED
        again = await mail.change(ids, Patch(archive=True, read=True, flagged=True))
        assert len(again.unchanged) == MAX_CHANGED
        back = await mail.change(ids, Patch(move_to="inbox", read=False))
        assert len(back.done) == MAX_CHANGED
        assert counts(cyrus, user, "Archive")[0] == before


def small_emails(cyrus: Cyrus, user: str) -> list[str]:
    """The ids of those below 100 bytes."""
    answer = httpx.post(
        cyrus.jmap_url,
        headers={"Authorization": f"Bearer {cyrus.mint(user)}"},
        json={
            "using": ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"],
            "methodCalls": [["Email/query", {"accountId": user, "filter": {"maxSize": 100}}, "0"]],
        },
        timeout=30,
    )
    ids: list[str] = answer.raise_for_status().json()["methodResponses"][0][1]["ids"]
    return ids


def counts(cyrus: Cyrus, user: str, mailbox: str) -> tuple[int, int]:
    """Messages and unseen ones, as IMAP has them."""
    with cyrus.imap(user) as imap:
        _, [told] = imap.status(mailbox, "(MESSAGES UNSEEN)")
    total, unseen = re.findall(rb"(\d+)", told.partition(b"(")[2])
    return int(total), int(unseen)


async def said(client: Client, tool: str, **arguments: Any) -> str:
    [result] = await client.call(tool, **arguments)
    assert not result.get("isError"), result
    return str(result["content"][0]["text"])


async def test_twenty_newsletters_are_archived_by_the_official_client_and_come_back(
    cyrus: Cyrus, bridge: RunningBridge, http: httpx.AsyncClient
) -> None:
    inbox, archive, letters = (counts(cyrus, "alice", one) for one in ("INBOX", "Archive", "Newsletters"))
    async with python_client("auto", bridge, AskedPerson("alice", http)) as client:
        await client.connect()
        hits = await said(client, "search_emails", query="in:Newsletters", collapse=False, limit=20)
        ids = re.findall(r"^emailId (\S+)", hits, re.MULTILINE)
        assert len(ids) == 20
        into_inbox = await said(client, "update_emails", emailIds=ids, moveTo="inbox")
        assert into_inbox.startswith("20 done, 0 unchanged, 0 failed.")
        assert counts(cyrus, "alice", "INBOX")[0] == inbox[0] + 20
        done = await said(client, "update_emails", emailIds=ids, actions=["archive", "read"])
        assert done.startswith("20 done, 0 unchanged, 0 failed.")
        assert counts(cyrus, "alice", "INBOX") == inbox
        total, unseen = counts(cyrus, "alice", "Archive")
        assert (total, unseen) == (archive[0] + 20, archive[1])
        again = await said(client, "update_emails", emailIds=ids, actions=["archive", "read"])
        assert again.startswith("0 done, 20 unchanged, 0 failed.")
        for undone in (done, into_inbox):
            for these, how in re.findall(r"emailIds ([^\n]+)\nTo undo: .* these emailIds and ([^\n]+)\.", undone):
                arguments: dict[str, Any] = {"emailIds": these.split()}
                for part in how.split(", "):
                    name, _, value = part.partition(" ")
                    arguments[name] = value if name == "moveTo" else value.split(" and ")
                assert ", 0 failed." in await said(client, "update_emails", **arguments)
    assert counts(cyrus, "alice", "INBOX") == inbox
    assert counts(cyrus, "alice", "Archive") == archive
    assert counts(cyrus, "alice", "Newsletters") == letters


async def test_a_query_gives_its_number_first_on_cyrus_too(
    cyrus: Cyrus, bridge: RunningBridge, http: httpx.AsyncClient
) -> None:
    before = counts(cyrus, "alice", "Lists")
    async with python_client("auto", bridge, AskedPerson("alice", http)) as client:
        await client.connect()
        dry = await said(client, "update_emails", mailbox="Lists", actions=["unread"])
        number = int(dry.split()[0])
        assert number == before[0]
        assert counts(cyrus, "alice", "Lists") == before
        await said(client, "update_emails", mailbox="Lists", actions=["unread"], expectedTotal=number)
    assert counts(cyrus, "alice", "Lists") == (number, number)


async def test_a_folder_lives_its_whole_life_on_cyrus(
    cyrus: Cyrus, bridge: RunningBridge, http: httpx.AsyncClient
) -> None:
    async with python_client("auto", bridge, AskedPerson("alice", http)) as client:
        await client.connect()
        await said(client, "manage_mailbox", action="create", name="Projects/Ärger & Co")
        await said(client, "manage_mailbox", action="rename", mailbox="Ärger & Co", name="Ships")
        assert counts(cyrus, "alice", '"Projects/Ships"') == (0, 0)
        await said(client, "manage_mailbox", action="move", mailbox="Projects/Ships", parent="/")
        assert counts(cyrus, "alice", '"Ships"') == (0, 0)
        hits = await said(client, "search_emails", query="in:inbox", limit=1)
        ids = re.findall(r"^emailId (\S+)", hits, re.MULTILINE)
        await said(client, "update_emails", emailIds=ids, addTo="Ships")
        assert counts(cyrus, "alice", '"Ships"')[0] == 1
        [refused] = await client.call("manage_mailbox", action="delete", mailbox="Ships")
        assert refused["isError"]
        await said(client, "update_emails", emailIds=ids, removeFrom="Ships")
        await said(client, "manage_mailbox", action="delete", mailbox="Ships")
    with cyrus.imap("alice") as imap:
        assert not any(b"Ships" in (line or b"") for line in imap.list()[1])
