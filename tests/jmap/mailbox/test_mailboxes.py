import json
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mailconnect.jmap.mailbox.mailboxes import PROPERTIES, parse_mailboxes
from mailconnect.mail.errors import UnexpectedAnswer
from mailconnect.mail.mailbox.mailbox import ALL_RIGHTS, RIGHTS, Mailbox, Rights, tree

WIRE = {
    "id": "m1",
    "name": "Inbox",
    "parentId": None,
    "role": "inbox",
    "sortOrder": 10,
    "totalEmails": 16307,
    "unreadEmails": 13905,
    "totalThreads": 5833,
    "unreadThreads": 5128,
    "myRights": dict.fromkeys(RIGHTS, True) | {"mayDelete": False, "mayAdmin": True},
    "isSubscribed": True,
    "isCollapsed": False,
    "x-fastmail": {"color": "#fff"},
}


def mailbox(ident, name=None, parent=None, order=0, emails=0, unread=0):
    return Mailbox(ident, name or ident, emails, unread, 0, 0, ALL_RIGHTS, parent, sort_order=order)


def parsed(arguments):
    mailboxes, unreadable = parse_mailboxes(json.dumps(arguments).encode())
    assert unreadable == 0
    return mailboxes


def paths(mailboxes):
    return [branch.path for branch in tree(mailboxes)]


def test_a_mailbox_is_read_as_rfc_8621_2_has_it():
    (inbox,) = parsed({"list": [WIRE], "state": "s", "notFound": []})
    assert inbox.role == "inbox"
    assert (inbox.total_emails, inbox.unread_emails) == (16307, 13905)
    assert replace(ALL_RIGHTS, may_delete=False) == inbox.my_rights


def test_a_repr_does_not_show_the_name_of_a_mailbox():
    assert "Divorce" not in repr(tree([mailbox("a", "Divorce")]))


def test_every_property_that_is_asked_for_is_used():
    assert set(PROPERTIES) == set(WIRE) - {"isCollapsed", "x-fastmail"}


@pytest.mark.parametrize(
    ("change", "mended"),
    [
        ({"parentId": ""}, {"parent_id": None}),
        ({"parentId": "a\n"}, {"parent_id": None}),
        ({"parentId": 5}, {"parent_id": None}),
        ({"name": "x" * 1025}, {"name": "x" * 1023 + "\u2026"}),
        ({"role": False}, {"role": None}),
        ({"role": "x" * 65}, {"role": None}),
        ({"sortOrder": None}, {"sort_order": 0}),
        ({"sortOrder": "1"}, {"sort_order": 0}),
        ({"totalEmails": -1}, {"total_emails": 0}),
        ({"totalEmails": None}, {"total_emails": 0}),
        ({"unreadEmails": 1.5}, {"unread_emails": 0}),
        ({"unreadThreads": True}, {"unread_threads": 0}),
        ({"totalThreads": 2**60}, {"total_threads": 2**53 - 1}),
        ({"myRights": None}, {"my_rights": ALL_RIGHTS}),
        ({"myRights": {"mayReadItems": "yes"}}, {"my_rights": Rights()}),
        ({"isSubscribed": 1}, {"is_subscribed": False}),
        ({"isSubscribed": None}, {"is_subscribed": False}),
    ],
    ids=str,
)
def test_odd_members_that_servers_really_send_are_mended(change, mended):
    other = WIRE | {"id": "m2"}
    (whole,) = parsed({"list": [other]})
    (harmed, unharmed), unreadable = parse_mailboxes(json.dumps({"list": [WIRE | change, other]}).encode())
    assert (unharmed, unreadable) == (whole, 0)
    assert harmed == msgspec.structs.replace(whole, id="m1", **mended)


@pytest.mark.parametrize(
    "harmed",
    [
        WIRE | {"id": None},
        WIRE | {"id": ""},
        WIRE | {"id": 5},
        WIRE | {"id": "a b"},
        WIRE | {"id": "\u00e4"},
        WIRE | {"id": "x" * 256},
        WIRE | {"name": None},
        WIRE | {"name": 5},
        {},
        None,
        1,
        [],
    ],
    ids=str,
)
def test_one_hostile_object_harms_only_itself(harmed):
    mailboxes, unreadable = parse_mailboxes(json.dumps({"list": [harmed, WIRE]}).encode())
    assert [one.id for one in mailboxes] == ["m1"]
    assert unreadable == 1


def test_a_mailbox_that_comes_twice_is_read_once():
    assert [one.id for one in parsed({"list": [WIRE, WIRE | {"id": "m2"}, WIRE]})] == ["m1", "m2"]


def test_a_body_that_is_nested_absurdly_deep_is_refused():
    body = json.dumps({"list": [WIRE | {"x": "deep"}]}).encode()
    with pytest.raises(UnexpectedAnswer):
        parse_mailboxes(body.replace(b'"deep"', b"[" * 100_000 + b"]" * 100_000))


def test_a_role_is_written_in_small_letters():
    assert [one.role for one in parsed({"list": [WIRE | {"role": "Inbox"}]})] == ["inbox"]


@pytest.mark.parametrize("arguments", [{}, {"list": None}, {"list": {}}], ids=str)
def test_a_response_without_a_list_of_mailboxes_is_refused(arguments):
    with pytest.raises(UnexpectedAnswer):
        parsed(arguments)


def test_the_tree_is_sorted_by_sort_order_and_then_by_name():
    mailboxes = [
        mailbox("z", "archive", order=3),
        mailbox("c", "Älter", "b", order=1),
        mailbox("b", "Work", order=2),
        mailbox("a", "Inbox", order=1),
        mailbox("d", "alpha", "b", order=1),
        mailbox("e", "Beta", "b", order=1),
    ]
    assert paths(mailboxes) == ["Inbox", "Work", "Work/alpha", "Work/Beta", "Work/Älter", "archive"]
    assert [branch.depth for branch in tree(mailboxes)] == [0, 0, 1, 1, 1, 0]


def test_an_orphan_stands_at_the_root():
    assert paths([mailbox("a", parent="gone"), mailbox("b", parent="a")]) == ["a", "a/b"]


def test_rings_of_parents_survive_with_what_hangs_on_them():
    ring = [mailbox("a", parent="c"), mailbox("b", parent="a"), mailbox("c", parent="b"), mailbox("leaf", parent="c")]
    alone = mailbox("self", parent="self")
    assert paths([*ring, alone, mailbox("root")]) == ["root", "a", "a/b", "a/b/c", "a/b/c/leaf", "self"]


def test_4096_mailboxes_fit_and_a_deep_chain_does_not_recurse_or_swell():
    chain = [mailbox(f"m{n}", "x" * 255, f"m{n - 1}" if n else None) for n in range(4096)]
    random.Random(1).shuffle(chain)
    branches = tree(chain)
    assert [branch.depth for branch in branches] == list(range(4096))
    assert max(len(branch.path) for branch in branches) <= 1024
    assert branches[-1].path.endswith("/" + "x" * 255)
    flat = tree(mailbox(f"m{n}", parent="m0" if n else None) for n in range(4096))
    assert len(flat) == 4096


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(-1, 14), st.integers(0, 2)), unique_by=lambda one: one[0]))
def test_every_mailbox_is_in_the_tree_exactly_once_and_below_its_parent(shape):
    mailboxes = [
        mailbox(f"m{n}", parent=f"m{parent}" if parent >= 0 else None, order=order) for n, parent, order in shape
    ]
    branches = tree(mailboxes)
    assert sorted(branch.mailbox.id for branch in branches) == sorted(one.id for one in mailboxes)
    place = {branch.mailbox.id: index for index, branch in enumerate(branches)}
    for branch in branches:
        if branch.depth:
            assert place[branch.mailbox.parent_id] < place[branch.mailbox.id]


@given(
    st.dictionaries(
        st.sampled_from(PROPERTIES),
        st.none() | st.booleans() | st.integers() | st.floats(-9, 9) | st.text() | st.lists(st.text()),
    )
)
def test_a_mutilated_mailbox_never_costs_the_one_beside_it(change):
    other = WIRE | {"id": "m2"}
    mailboxes, _ = parse_mailboxes(json.dumps({"list": [WIRE | change, other]}).encode())
    assert "m2" in [branch.mailbox.id for branch in tree(mailboxes)]
