"""What holds of filing for every email and every patch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mailconnect.mail.change import Filed, Patch, Why
from mailconnect.mail.filing import FILLED_BY_PROVIDER, Aim, aim, filing
from mailconnect.mail.mailbox.errors import MailboxRefused
from mailconnect.mail.mailbox.mailbox import ALL_RIGHTS, Mailbox
from mailconnect.mail.query.places import Place, Places

ROLES = {"i": "inbox", "a": "archive", "d": "drafts", "s": "sent", "j": "junk", "t": "trash", "w": "scheduled"}
LABELS = ("x", "y")
IDS = (*ROLES, *LABELS)
BOXES = tuple(Mailbox(ident, ROLES.get(ident, ident), 0, 0, 0, 0, ALL_RIGHTS, role=ROLES.get(ident)) for ident in IDS)
PLACES = Places(Place(one.id, one.name, one.name, one.role) for one in BOXES)
KEYWORDS = ("$seen", "$flagged", "$junk", "$notjunk", "$draft", "other")

emails = st.builds(
    Filed,
    st.just("M1"),
    st.frozensets(st.sampled_from((*IDS, "hidden")), min_size=1),
    st.frozensets(st.sampled_from(KEYWORDS)),
)
some = st.lists(st.sampled_from(IDS), max_size=3).map(tuple)
patches = st.builds(
    Patch,
    read=st.none() | st.booleans(),
    flagged=st.none() | st.booleans(),
    junk=st.none() | st.booleans(),
    archive=st.booleans(),
    move_to=st.none() | st.sampled_from(IDS),
    add_to=some,
    remove_from=some,
)


def outcome(patch, email, boxes=BOXES):
    """An Aim, a Why, None, or the refusal of the whole patch."""
    try:
        return aim(filing(patch, boxes, PLACES), email)
    except MailboxRefused as refused:
        return refused


@given(patches, emails)
def test_no_email_ever_lies_nowhere_and_what_is_done_once_is_done(patch, email):
    made = outcome(patch, email)
    if isinstance(made, Aim):
        assert made.after.mailbox_ids
        assert made.is_reached(made.after)
        assert not made.is_reached(email)
        assert outcome(patch, made.after) is None or "a" in patch.remove_from


@given(patches, emails)
def test_only_mailboxes_and_four_keywords_change(patch, email):
    made = outcome(patch, email)
    if isinstance(made, Aim):
        changed = made.before.keywords ^ made.after.keywords
        assert changed <= {"$seen", "$flagged", "$junk", "$notjunk"}
        assert made.into.isdisjoint(email.mailbox_ids)
        assert made.out_of <= email.mailbox_ids


@given(patches, emails)
def test_nothing_is_put_where_the_provider_fills_and_only_drafts_among_the_drafts(patch, email):
    made = outcome(patch, email)
    if isinstance(made, Aim):
        assert not {ROLES.get(ident) for ident in made.into} & FILLED_BY_PROVIDER
        assert "d" not in made.into or "$draft" in email.keywords
        assert "s" not in made.into or "$draft" not in email.keywords
        assert not (made.into or made.out_of) or "w" not in email.mailbox_ids


@given(patches, emails)
def test_a_patch_of_marks_alone_moves_nothing(patch, email):
    marks = Patch(read=patch.read, flagged=patch.flagged)
    made = outcome(marks, email)
    assert made is None or (isinstance(made, Aim) and made.before.mailbox_ids == made.after.mailbox_ids)


@given(emails)
def test_to_archive_takes_away_the_inbox_and_nothing_else(email):
    made = outcome(Patch(archive=True), email)
    if isinstance(made, Aim):
        assert made.out_of == {"i"}
        assert made.into == (frozenset({"a"}) if email.mailbox_ids == {"i"} else frozenset())
    else:
        assert made is (Why.WAITS if "w" in email.mailbox_ids else None)
        assert "i" not in email.mailbox_ids or "w" in email.mailbox_ids


@given(patches, emails)
def test_a_move_and_its_undoing_bring_it_back_to_where_it_was(patch, email):
    """As update_emails tells it: moveTo the first mailbox, addTo the others."""
    made = outcome(patch, email)
    if not isinstance(made, Aim) or made.before.mailbox_ids == made.after.mailbox_ids or "hidden" in email.mailbox_ids:
        return
    first, *others = sorted(email.mailbox_ids, key=lambda ident: (ident not in {"j", "t"}, ident))
    if {"j", "t"} & {*others} or ({first, *others} & ({"s"} if "$draft" in email.keywords else {"d"})):
        return  # no client puts an email there
    back = outcome(Patch(move_to=first, add_to=tuple(others)), made.after)
    assert isinstance(back, Aim)
    assert back.after.mailbox_ids == email.mailbox_ids


@given(patches, emails, st.sampled_from(["may_add_items", "may_remove_items", "may_set_seen", "may_set_keywords"]))
def test_without_a_right_in_any_mailbox_that_change_is_not_made(patch, email, right):
    boxes = [replace(one, my_rights=replace(ALL_RIGHTS, **{right: False})) for one in BOXES]
    made = outcome(patch, email, boxes)
    if isinstance(made, Aim):
        seen = bool((made.marked | made.unmarked) & {"$seen"})
        others = bool((made.marked | made.unmarked) - {"$seen"})
        known = email.mailbox_ids & {*IDS}
        assert not {
            "may_add_items": made.into,
            "may_remove_items": made.out_of & {*IDS},
            "may_set_seen": seen and known,
            "may_set_keywords": others and known,
        }[right]


@pytest.mark.parametrize("role", ["scheduled"])
def test_an_email_that_waits_to_be_sent_is_moved_by_nothing(role):
    email = Filed("M1", frozenset({"w"}), frozenset({"$draft"}))
    for patch in (Patch(archive=True), Patch(move_to="t"), Patch(remove_from=("w",)), Patch(junk=True)):
        assert outcome(patch, email) is Why.WAITS
    assert role in FILLED_BY_PROVIDER
