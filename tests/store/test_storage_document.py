"""docs/storage.md and the records have the same fields."""

import json
import os
import re
from pathlib import Path

import pytest

from mailconnect.grants.account_session import AccountSession
from mailconnect.grants.approval import Approval, SeenMessage
from mailconnect.grants.grant import Grant
from mailconnect.grants.props import Props, SessionFacts
from mailconnect.grants.provider_refresh.refreshed import Refreshed
from mailconnect.grants.sign_in import PendingSignIn
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.keys.keyfile import KeyFile
from mailconnect.oauth.clients.client import Client
from mailconnect.store.audit import Event
from mailconnect.store.counters import Counter
from mailconnect.store.ledger import Entry
from mailconnect.store.switches import TurnedOn

DOCUMENT = Path(__file__).parents[2] / "docs" / "storage.md"
INSIDE = "### Inside"


def sections() -> dict[str, str]:
    """The text under each heading; what a grant's headings divide is one text, except what is inside a sealed value."""
    texts: dict[str, str] = {}
    name = ""
    for line in DOCUMENT.read_text().splitlines():
        if line.startswith(("## ", INSIDE, "### The key file")):
            name = line.lstrip("# ")
        else:
            texts[name] = texts.get(name, "") + line + "\n"
    return texts


def documented(section: str) -> list[str]:
    """The fields in the section's tables: a name alone in the first column, in code quotes."""
    return re.findall(r"^\| `(\w+)` \|", sections()[section], re.MULTILINE)


@pytest.mark.parametrize(
    ("section", "record"),
    [
        ("Grants", Grant),
        ("Inside `props`", Props),
        ("Inside `session_facts`", SessionFacts),
        ("Clients", Client),
        ("Ledger", Entry),
        ("Switches", TurnedOn),
        ("Counters", Counter),
        ("Audit", Event),
        ("Inside `pending`", PendingSignIn),
        ("Inside `session`", AccountSession),
        ("Outbox", Refreshed),
        ("Approvals", Approval),
        ("Inside `seen`", SeenMessage),
        ("Browsers that may approve", TrustedBrowser),
    ],
)
def test_every_field_stands_in_the_document_and_nothing_else_does(section: str, record: type) -> None:
    assert documented(section) == [*record.__annotations__]


def test_every_member_of_the_key_file_stands_in_the_document(tmp_path: Path) -> None:
    KeyFile.open(tmp_path / "keys.json", os.urandom)
    assert documented("The key file") == list(json.loads((tmp_path / "keys.json").read_bytes()))
