"""The sandbox changes mailboxes as Cyrus does: the same Mailbox/set and Email/set on both."""

from typing import Any

import pytest

from tests.peers.cyrus.test_sandbox_contract import Ask, Both, both

pytestmark = pytest.mark.peer

__all__ = ["both"]


def boxes(ask: Ask) -> dict[str, str]:
    """The ids by path, joined by `|`: a name may hold a slash."""
    [[_, told]] = ask(("Mailbox/get", {"ids": None, "properties": ["name", "parentId"]}))
    by_id = {box["id"]: box for box in told["list"]}

    def path(box: dict[str, Any]) -> str:
        return f"{path(by_id[box['parentId']])}|{box['name']}" if box["parentId"] else str(box["name"])

    return {path(box): ident for ident, box in by_id.items()}


def outcome(ask: Ask, arguments: dict[str, Any], method: str = "Mailbox/set") -> str:
    """`done`, or the SetError's type with the properties that it names."""
    [[name, told]] = ask((method, arguments))
    if name == "error":
        return f"error {told['type']}"
    for group in ("notCreated", "notUpdated", "notDestroyed"):
        for error in (told.get(group) or {}).values():
            return " ".join([error["type"], *sorted(error.get("properties", ()))])
    return "done"


CASES: dict[str, tuple[Any, str]] = {
    "no name": (lambda _: {"create": {"a": {}}}, "invalidProperties name"),
    "an empty name": (lambda _: {"create": {"a": {"name": ""}}}, "invalidProperties name"),
    "an unknown parent": (lambda _: {"create": {"a": {"name": "N", "parentId": "gone"}}}, "invalidProperties parentId"),
    "a sibling's name": (lambda _: {"create": {"a": {"name": "Lists"}}}, "invalidProperties name"),
    "renamed to a sibling's name": (
        lambda at: {"update": {at["Lists"]: {"name": "Newsletters"}}},
        "invalidProperties name",
    ),
    "inside itself": (
        lambda at: {"update": {at["Projects"]: {"parentId": at["Projects|2026"]}}},
        "invalidProperties parentId",
    ),
    "a property that is the server's": (
        lambda at: {"update": {at["Lists"]: {"totalEmails": 5}}},
        "invalidProperties totalEmails",
    ),
    "one that is not there": (lambda _: {"update": {"gone": {"name": "N"}}}, "notFound"),
    "the end of one that is not there": (lambda _: {"destroy": ["gone"]}, "notFound"),
    "the end of one with emails": (lambda at: {"destroy": [at["Newsletters"]]}, "mailboxHasEmail"),
    "the end of one with mailboxes": (lambda at: {"destroy": [at["Projects"]]}, "mailboxHasChild"),
    "another state": (lambda _: {"create": {"a": {"name": "N"}}, "ifInState": "old"}, "error stateMismatch"),
}
"""The arguments, made of the ids by path, and what comes of them."""


@pytest.mark.parametrize("case", CASES)
def test_both_refuse_alike(both: Both, case: str) -> None:
    make, wanted = CASES[case]
    assert outcome(both.sandbox, make(boxes(both.sandbox))) == wanted
    assert outcome(both.cyrus, make(boxes(both.cyrus))) == wanted


def test_both_make_rename_move_and_destroy(both: Both) -> None:
    for ask in (both.sandbox, both.cyrus):
        [[_, made]] = ask(("Mailbox/set", {"create": {"a": {"name": "Harbour"}}}))
        above = made["created"]["a"]["id"]
        [[_, made]] = ask(("Mailbox/set", {"create": {"a": {"name": "Ärger & Co", "parentId": above}}}))
        inner = made["created"]["a"]["id"]
        assert boxes(ask)["Harbour|Ärger & Co"] == inner
        assert outcome(ask, {"update": {inner: {"name": "Ships", "parentId": None}}}) == "done"
        assert boxes(ask)["Ships"] == inner
        assert outcome(ask, {"destroy": [above, inner]}) == "done"
        assert not {above, inner} & {*boxes(ask).values()}


def filed(ask: Ask, ident: str) -> tuple[set[str], set[str]]:
    """Where an email lies, by path, and its keywords."""
    [[_, got]] = ask(("Email/get", {"ids": [ident], "properties": ["mailboxIds", "keywords"]}))
    paths = {known: path for path, known in boxes(ask).items()}
    return {paths[box] for box in got["list"][0]["mailboxIds"]}, {*got["list"][0]["keywords"]}


PATCHES: dict[str, tuple[Any, str]] = {
    "a mailbox that is not there": (lambda _: {"mailboxIds/gone": True}, "invalidProperties"),
    "no mailbox is left": (lambda at: {f"mailboxIds/{at['Newsletters']}": None}, "invalidProperties"),
    "a keyword with a space": (lambda _: {"keywords/a b": True}, "invalidProperties"),
    "into the archive": (
        lambda at: {f"mailboxIds/{at['Archive']}": True, f"mailboxIds/{at['Newsletters']}": None},
        "done",
    ),
    "and back": (
        lambda at: {f"mailboxIds/{at['Newsletters']}": True, f"mailboxIds/{at['Archive']}": None},
        "done",
    ),
    "marked": (lambda _: {"keywords/$flagged": True, "keywords/$Junk": True, "keywords/$notjunk": None}, "done"),
    "a label beside": (lambda at: {f"mailboxIds/{at['Lists']}": True}, "done"),
    "nothing at all": (lambda _: {}, "done"),
    "what is so already": (lambda _: {"keywords/$flagged": True}, "done"),
    "the mark is taken away": (lambda _: {"keywords/$flagged": None, "keywords/$junk": None}, "done"),
    "the label too": (lambda at: {f"mailboxIds/{at['Lists']}": None}, "done"),
}
"""In their order, each of the newest newsletter, and what comes of it."""


def test_both_file_and_mark_alike(both: Both) -> None:
    [key, *_] = both.found(both.sandbox, filter={"inMailbox": boxes(both.sandbox)["Newsletters"]})
    started = filed(both.sandbox, both.sandbox_emails[key]["id"])
    for name, (make, wanted) in PATCHES.items():
        told = []
        for ask, emails in ((both.sandbox, both.sandbox_emails), (both.cyrus, both.cyrus_emails)):
            ident = emails[key]["id"]
            came = outcome(ask, {"update": {ident: make(boxes(ask))}}, "Email/set")
            told.append((came.split()[0], filed(ask, ident)))
        assert told[0] == told[1], name
        assert told[0][0] == wanted, name
    assert filed(both.sandbox, both.sandbox_emails[key]["id"]) == started
    for ask in (both.sandbox, both.cyrus):
        assert outcome(ask, {"update": {"gone": {"keywords/$seen": True}}}, "Email/set") == "notFound"
