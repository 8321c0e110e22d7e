"""The forms in docs/storage.md are those of the program: what is clear, hashed, sealed or an HMAC."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from mailconnect.grants.grant import Grant
from mailconnect.oauth.clients.client import Client
from mailconnect.settings import from_environment

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
def test_every_field_that_is_called_a_hash_is_one_and_no_other(kind: type) -> None:
    headings = OF_A_GRANT if kind is Grant else ("## Clients",)
    said = {name for name, cells in rows("docs/storage.md", *headings).items() if cells[1].startswith("hash")}
    hashes = {name for name in kind.__annotations__ if name.endswith("_hash")}
    assert said - {"code_challenge", "older_successors"} == hashes
