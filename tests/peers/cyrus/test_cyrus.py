"""Cyrus' JMAP and its IMAP tell the same of the same mailboxes; and nothing of it outlives a test."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.peers.cyrus import imap_mailboxes, master
from tests.peers.cyrus.cyrus import Cyrus, sweep
from tests.peers.cyrus.packages import RELEASES, CyrusUnavailableError

pytestmark = pytest.mark.peer

PROJECT = Path(__file__).parents[3]
CAPABILITIES = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"]


@pytest.fixture(scope="module", params=RELEASES.values(), ids=RELEASES)
def cyrus(request: pytest.FixtureRequest) -> Iterator[Cyrus]:
    try:
        with Cyrus.started(suite=request.param) as server:
            yield server
    except CyrusUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)


def mailboxes(cyrus: Cyrus, user: str, account: str) -> dict[str, dict[str, Any]]:
    """Mailbox/get of everything: mailboxes by full path."""
    answer = httpx.post(
        cyrus.jmap_url,
        headers={"Authorization": f"Bearer {cyrus.mint(user)}"},
        json={"using": CAPABILITIES, "methodCalls": [["Mailbox/get", {"accountId": account, "ids": None}, "0"]]},
    )
    [[name, arguments, _]] = answer.raise_for_status().json()["methodResponses"]
    assert name == "Mailbox/get"
    by_id = {mailbox["id"]: mailbox for mailbox in arguments["list"]}

    def path(mailbox: dict[str, Any]) -> str:
        parent = mailbox["parentId"]
        return f"{path(by_id[parent])}/{mailbox['name']}" if parent else mailbox["name"]

    return {path(mailbox): mailbox for mailbox in by_id.values()}


def counts(found: dict[str, dict[str, Any]]) -> dict[str, imap_mailboxes.Counts]:
    return {path: imap_mailboxes.Counts(box["totalEmails"], box["unreadEmails"]) for path, box in found.items()}


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_jmap_counts_every_mailbox_as_imap_does(cyrus: Cyrus, user: str) -> None:
    with cyrus.imap(user) as imap:
        told = {
            path: box
            for path, box in imap_mailboxes.counts(imap).items()
            if not path.startswith(imap_mailboxes.OTHER_USERS)
        }
    assert counts(mailboxes(cyrus, user, user)) == told
    assert len(set(told.values())) > 2, "mailboxes that all count the same prove little"


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_jmap_gives_every_mailbox_the_role_that_imap_gives(cyrus: Cyrus, user: str) -> None:
    with cyrus.imap(user) as imap:
        told = imap_mailboxes.roles(imap)
    assert {path: box["role"] for path, box in mailboxes(cyrus, user, user).items() if box["role"]} == told
    assert set(told.values()) == {"inbox", "archive", "drafts", "junk", "sent", "trash"}


def test_a_folder_that_bob_shares_is_in_a_second_account_of_alice(cyrus: Cyrus) -> None:
    with cyrus.imap("alice") as imap:
        told = imap_mailboxes.counts(imap)
    shared = {path: box for path, box in told.items() if path.startswith(imap_mailboxes.OTHER_USERS)}
    assert shared == {"Other Users/bob/Team": imap_mailboxes.Counts(total=3, unseen=1)}
    assert counts(mailboxes(cyrus, "alice", "bob")) == {"Team": imap_mailboxes.Counts(total=3, unseen=1)}


def test_names_beyond_ascii_and_three_levels_arrive_as_they_were_given(cyrus: Cyrus) -> None:
    names = {"Projects/2026/Q4", "Rechnungen & Verträge", "R&D", "日本語", "Emoji 📬", "Ünïcode/Ärger"}
    with cyrus.imap("alice") as imap:
        assert names <= imap_mailboxes.counts(imap).keys()
    assert names <= mailboxes(cyrus, "alice", "alice").keys()


def test_a_message_read_over_imap_is_read_over_jmap_at_once(cyrus: Cyrus) -> None:
    with cyrus.imap("alice") as imap:
        imap.select('"Projects/2026/Q4"')
        imap.store("1", "+FLAGS", r"(\Seen)")
        try:
            assert counts(mailboxes(cyrus, "alice", "alice"))["Projects/2026/Q4"] == imap_mailboxes.Counts(1, 0)
        finally:
            imap.store("1", "-FLAGS", r"(\Seen)")
    assert counts(mailboxes(cyrus, "alice", "alice"))["Projects/2026/Q4"] == imap_mailboxes.Counts(1, 1)


@pytest.mark.parametrize("authorization", [None, "Bearer nonsense", "Basic YWxpY2U6YW55"])
def test_jmap_wants_a_token_signed_with_the_key(cyrus: Cyrus, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    assert httpx.get(cyrus.jmap_url, headers=headers).status_code == 401


def test_a_token_is_good_for_its_own_user_only(cyrus: Cyrus) -> None:
    session = httpx.get(cyrus.jmap_url, headers={"Authorization": f"Bearer {cyrus.mint('bob')}"}).json()
    assert session["username"] == "bob"
    assert set(session["accounts"]) == {"bob"}


def test_no_process_and_no_folder_outlives_the_block() -> None:
    with Cyrus.started(settings={"http_jwt_max_age": "5s"}) as server:
        assert len(master.processes(server.run_dir)) >= 3
        expired = {"Authorization": f"Bearer {server.mint('alice', issued_at=1_000_000_000)}"}
        assert httpx.get(server.jmap_url, headers=expired).status_code == 401
    assert master.processes(server.run_dir) == []
    assert not server.run_dir.exists()


def test_the_server_dies_with_a_test_process_that_is_killed() -> None:
    script = (
        "from tests.peers.cyrus.cyrus import Cyrus\n"
        "with Cyrus.started() as server:\n"
        "    print(server.run_dir, flush=True)\n"
        "    input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as tester:
        assert tester.stdout
        run_dir = Path(tester.stdout.readline().strip())
        watched = [os.pidfd_open(pid) for pid in master.processes(run_dir)]
        assert len(watched) >= 3
        tester.send_signal(signal.SIGKILL)
    for pidfd in watched:
        assert select.select([pidfd], [], [], 10)[0], "a process of Cyrus lives on"
        os.close(pidfd)
    assert master.processes(run_dir) == []
    sweep()
    assert not run_dir.exists()
