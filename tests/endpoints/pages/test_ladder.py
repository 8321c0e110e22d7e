"""Rungs: those that are offered, the one that is preselected, and what a decision grants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.endpoints.pages.boxes import boxes
from mailconnect.endpoints.pages.ladder import CONTACTS, chosen_rung, chosen_scopes, offers_choice, preselected, rungs
from mailconnect.oauth.scopes import SCOPES

ALL = frozenset(SCOPES)
_ASKED = st.frozensets(st.sampled_from(sorted(ALL)), min_size=1)


def test_each_rung_grants_all_below_it() -> None:
    assert [(rung.value, sorted(rung.scopes)) for rung in rungs(ALL)] == [
        ("mailboxes:read", ["mailboxes:read", "session:read"]),
        ("emails:metadata", ["emails:metadata", "mailboxes:read", "session:read"]),
        ("emails:read", ["emails:metadata", "emails:read", "mailboxes:read", "session:read"]),
    ]


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ("session:read", ["Your account's name and address"]),
        ("mailboxes:read", ["Your folders and their counts"]),
        ("emails:metadata", ["Who writes, when, subject lines"]),
        ("emails:read", ["Your messages, with attachments"]),
        ("session:read emails:read", ["Your account's name and address", "And the messages, with attachments"]),
        ("contacts:read", []),
    ],
)
def test_only_what_is_asked_for_is_a_rung(asked: str, titles: list[str]) -> None:
    assert [rung.title for rung in rungs(frozenset(asked.split()))] == titles


@given(
    asked=_ASKED,
    look=st.sampled_from(["", "everything", *sorted(ALL)]),
    boxes=st.frozensets(st.sampled_from(sorted(ALL))),
)
def test_nothing_is_granted_that_was_not_asked_for(asked: frozenset[str], look: str, boxes: frozenset[str]) -> None:
    form = {"look": look} | {f"scope:{name}": "yes" for name in boxes}
    assert chosen_scopes(form, asked) <= asked


@given(asked=_ASKED)
def test_a_preselection_is_granted_as_the_page_sends_it(asked: frozenset[str]) -> None:
    for known in (False, True):
        chosen = preselected(asked, known=known)
        rung = chosen_rung(asked, chosen)
        form = ({"look": rung.value} if rung else {}) | ({f"scope:{CONTACTS}": "yes"} if CONTACTS in chosen else {})
        assert chosen_scopes(form, asked) == chosen
        assert chosen or asked <= {box.scope for box in boxes(ALL)} | {"emails:send"}


def test_the_least_is_preselected_for_whom_nobody_knows() -> None:
    assert preselected(ALL, known=False) == {"session:read", "mailboxes:read"}
    looking = {name for name in ALL if name.endswith((":read", ":metadata"))} - {"masked:read"}
    assert preselected(ALL, known=True) == looking


def test_a_single_answer_is_no_choice() -> None:
    assert not offers_choice(frozenset({"session:read", "mailboxes:read"}))
    assert not offers_choice(frozenset({CONTACTS}))
    assert offers_choice(frozenset({"session:read", CONTACTS}))
    assert offers_choice(ALL)


def test_to_send_includes_drafts_and_comes_only_with_a_way_that_there_is() -> None:
    for way, granted in (("approve", {"emails:send", "drafts:write"}), ("", set()), ("everything", set())):
        assert chosen_scopes({"sending": way}, ALL) == granted
    assert chosen_scopes({"sending": "approve"}, frozenset({"emails:send", "emails:read"})) == {"emails:send"}


def test_nothing_that_changes_or_sends_is_ever_chosen_beforehand() -> None:
    writing = {"emails:organize", "mailboxes:write", "drafts:write", "emails:send", "masked:read", "masked:write"}
    for known in (False, True):
        assert not preselected(ALL, known=known) & writing
