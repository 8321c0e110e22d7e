"""The privacy notice and the program's own records name the same things, and documents name tests that there are."""

import calendar
import re
from pathlib import Path

import pytest

from mailconnect.endpoints.pages import home, markdown
from mailconnect.grants.account_session import AccountSession
from mailconnect.grants.approval import Approval, SeenMessage
from mailconnect.grants.grant import Grant
from mailconnect.grants.props import Props, SessionFacts
from mailconnect.grants.provider_refresh.refreshed import Refreshed
from mailconnect.grants.sign_in import PendingSignIn
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.oauth.clients.client import Client
from mailconnect.oauth.scopes import NOTICE_VERSION
from mailconnect.store.audit import Event
from mailconnect.store.counters import Counter
from mailconnect.store.dynamodb import conversion
from mailconnect.store.ledger import Entry
from mailconnect.store.sqlite import schema
from mailconnect.store.switches import TurnedOn
from tests.bridge import Bridge
from tests.endpoints.wire import Wire

ROOT = Path(__file__).parents[1]
RECORDS: dict[str, type] = {
    "A connection": Grant,
    "In it, encrypted: the key to your mailbox": Props,
    "In it, encrypted: where to ask your provider": SessionFacts,
    "A refreshed key that waits to be stored, encrypted": Refreshed,
    "An entry of your history": Event,
    "An assistant's registration": Client,
    "A short-lived record, and a receipt": Entry,
    "In one, encrypted: a sign-in under way": PendingSignIn,
    "In one, encrypted: your account session": AccountSession,
    "What the operator has switched off": TurnedOn,
    "A message that waits for your approval": Approval,
    "In it, encrypted: what the assistant was shown": SeenMessage,
    "A browser that may approve": TrustedBrowser,
    "A counter of requests": Counter,
}


def table() -> str:
    """As it stands in PRIVACY.md: what a new field is to be added by."""
    rows = (
        f"| {name} | {', '.join(f'`{field}`' for field in record.__annotations__)} |"
        for name, record in RECORDS.items()
    )
    return "\n".join(["| Record | Fields |", "|---|---|", *rows])


def test_every_stored_attribute_is_in_the_notice() -> None:
    assert table() in (ROOT / "PRIVACY.md").read_text("utf-8"), f"PRIVACY.md must have:\n{table()}"


def test_every_record_that_a_store_knows_is_in_the_notice() -> None:
    assert {*schema._RECORDS.values()} | {*conversion._TYPES} <= {*RECORDS.values()}


def test_the_notice_says_from_when_it_is_in_force() -> None:
    notice = (ROOT / "PRIVACY.md").read_text("utf-8")
    year, month, day = re.search(r"^Version (\d+)-(\d+)-(\d+)\. In force from", notice, re.MULTILINE).groups()  # type: ignore[union-attr]
    name = calendar.month_name[int(month)]
    assert f"In force from {int(day)} {name} {year}." in notice
    assert f"{year}-{month}-{day}" == NOTICE_VERSION
    for heading in ("Who receives what", "Your rights", "Children", "Changes", "What is never stored"):
        assert f"\n## {heading}\n" in notice


@pytest.mark.anyio
async def test_the_page_is_the_file(bridge: Bridge) -> None:
    page = await Wire(bridge)("GET", "/privacy")
    assert str(markdown.document(home.PRIVACY_NOTICE.read_text("utf-8"))) in page.text
    assert home.PRIVACY_NOTICE == ROOT / "PRIVACY.md"


NAMED = re.compile(r"\btest_[a-z0-9_]{8,}\b")


@pytest.mark.parametrize("name", ["docs/threat-model.md", "docs/compare.md"])
def test_every_test_that_a_document_names_is_there(name: str) -> None:
    there = {
        name
        for path in (ROOT / "tests").rglob("*.py")
        for name in re.findall(r"^ *(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    named = {*NAMED.findall((ROOT / name).read_text("utf-8"))}
    assert len(named) > 10
    assert named <= there
