"""Numbers, durations and forms in docs/storage.md and PRIVACY.md are those of the program."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from mailconnect.endpoints.account.export import LINK_LIFETIME
from mailconnect.endpoints.account.sessions import _SERIES_LIFETIME
from mailconnect.grants import account_session, sign_in
from mailconnect.grants.grant import Grant
from mailconnect.grants.lifetimes import to_the_hour
from mailconnect.grants.tokens.token import GRANT_ID_BYTES
from mailconnect.keys.keyfile import _KEY_BYTES
from mailconnect.local import log
from mailconnect.local.sweeper import ERASE_SECONDS, SHARE
from mailconnect.oauth import consent
from mailconnect.oauth.clients.client import Client
from mailconnect.oauth.clients.registration_lifetime import KEPT_AFTER_GRANT, NEVER_AUTHORIZED_LIFETIME
from mailconnect.settings import from_environment
from mailconnect.store.audit import KEPT
from mailconnect.sweep.receipts import RECEIPT_LIFETIME
from mailconnect.sweep.revocation import GIVE_UP_AFTER, KEY_LOST_AFTER

ROOT = Path(__file__).parents[1]
MINUTE, HOUR, DAY = 60, 3600, 86_400
PLAIN = from_environment({})
STORAGE = " ".join((ROOT / "docs" / "storage.md").read_text("utf-8").split())
NOTICE = " ".join((ROOT / "PRIVACY.md").read_text("utf-8").split())


def rows(document: str, *headings: str) -> dict[str, list[str]]:
    """The cells of each row of the tables below these headings, by the first one's word in code marks."""
    text = (ROOT / document).read_text("utf-8")
    found = {}
    for heading in headings:
        section = text.partition(f"\n{heading}\n")[2]
        assert section, heading
        section = re.split(r"\n#{1,4} ", section)[0]
        for name, cells in re.findall(r"^\| `([^`]+)` \| (.+) \|$", section, re.MULTILINE):
            found[name] = cells.split(" | ")
    return found


def test_the_notice_keeps_each_thing_for_as_long_as_the_program_does() -> None:
    for said in (
        f"{NEVER_AUTHORIZED_LIFETIME // DAY} days if nobody connects it;",
        f"otherwise {KEPT_AFTER_GRANT // DAY} days beyond the latest end of its last connection",
        f"So that only your browser can finish it | {sign_in.LIFETIME // MINUTE} minutes |",
        f"to you alone | {account_session.LIFETIME // MINUTE} minutes; an hour for exports; a day for the mark",
        f"To prove that it was erased | {RECEIPT_LIFETIME // DAY} days |",
        f"So that you can see what happened | {KEPT // DAY} days, or until you have everything erased |",
    ):
        assert said in NOTICE, said
    assert _SERIES_LIFETIME == DAY
    assert to_the_hour(5 * HOUR + 3599) == 5 * HOUR  # "in which hour the connection was last used"
    assert (consent.COOKIE_LIFETIME, account_session.LIFETIME) == (HOUR, 15 * MINUTE)
    assert "two cookies for an hour at most" in NOTICE
    assert "one for fifteen minutes while you look at your account" in NOTICE


def test_the_times_of_a_grant_are_the_programs() -> None:
    for said in (
        f"at the latest after {GIVE_UP_AFTER // DAY} days of trying",
        f"the record is erased {KEY_LOST_AFTER // DAY} days after its end",
        f"{PLAIN.grant_lifetime // (365 * DAY)} year after its beginning unless set otherwise",
        f"after the code's 60 seconds, then {PLAIN.refresh_idle // DAY} days after the latest token",
        f"An access token is valid for {PLAIN.access_lifetime // HOUR} hour,",
        f"the record's end, {KEPT // DAY} days after it happened",
        f"when its {KEPT // DAY} days are over",
        f"{GRANT_ID_BYTES * 8} random bits that name the grant",
    ):
        assert said in STORAGE, said


def test_the_times_of_the_ledger_are_the_programs() -> None:
    ledger = rows("docs/storage.md", "## Ledger")
    for key, lasts in {
        "pending:<SHA-256 of the state>": f"{sign_in.LIFETIME // MINUTE} minutes",
        "session:<hash of the cookie>": f"{account_session.LIFETIME // MINUTE} minutes",
        "export:<HMAC under the cookie>": f"{LINK_LIFETIME // MINUTE} minutes, or until it is fetched",
        "ended:<number>": f"{RECEIPT_LIFETIME // DAY} days",
        "receipt:<hash of the grant's id>": f"{RECEIPT_LIFETIME // DAY} days",
    }.items():
        assert ledger[key][-1] == lasts, key


def test_the_files_of_one_machine_are_as_large_as_the_program_lets_them_grow() -> None:
    files = rows("docs/storage.md", "## The files of one machine")
    assert {"mailconnect.sqlite3", "keys.json", "outbox/"} <= files.keys()
    logs = re.findall(r"\| `(?:audit|requests)\.log`, .*? to `\.(\d)` \| .*? \| the last (\w+) megabytes \|", STORAGE)
    assert logs == [(str(log._OLDER), "five")] * 2
    assert log._LARGEST * (log._OLDER + 1) == 5_000_000
    assert f"at most every {'ten' if ERASE_SECONDS == 10 * MINUTE else '?'} minutes" in STORAGE
    assert f"no more than a {'hundredth' if SHARE == 100 else '?'} of the time" in STORAGE
    assert f"({_KEY_BYTES * 8} random bits)" in STORAGE


FORMS = {"clear", "hash", "HMAC", "sealed", "hash, clear, sealed", "clear, HMAC"}
OF_A_GRANT = (
    "### The connection",
    "### The provider's tokens",
    "### The code",
    "### The assistant's tokens",
    "### Provider refresh",
    "### The end",
)


def test_bytes_are_sealed_and_what_is_sealed_is_bytes() -> None:
    """But for the family key in clear, the HMACs of a widening and of a choice, and `older_successors`, a text."""
    grant = rows("docs/storage.md", *OF_A_GRANT)
    kinds = {one.name: str(one.type) for one in fields(Grant)}
    assert grant.keys() == kinds.keys()
    assert {cells[1] for cells in grant.values()} <= FORMS
    sealed = {name for name, cells in grant.items() if "sealed" in cells[1]}
    assert sealed - {"older_successors"} == {name for name, kind in kinds.items() if "bytes" in kind} - {
        "family_key",
        "widening",
        "sending_statement",
    }


@pytest.mark.parametrize("kind", [Grant, Client])
def test_what_is_called_a_hash_is_one_and_what_is_none_is_not(kind: type) -> None:
    headings = OF_A_GRANT if kind is Grant else ("## Clients",)
    said = {name for name, cells in rows("docs/storage.md", *headings).items() if cells[1].startswith("hash")}
    hashes = {name for name in kind.__annotations__ if name.endswith("_hash")}
    assert said - {"code_challenge", "older_successors"} == hashes
