import contextlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.jmap.capabilities import CONTACTS, MAIL
from mailconnect.jmap.response import parse_responses
from mailconnect.jmap.session import parse_session
from mailconnect.mail.errors import MailboxError, NoMailAccount, UnexpectedAnswer, UntrustedAddress
from mailconnect.outbound.allowed_hosts import HostAllowList

HOSTS = HostAllowList.of(["api.fastmail.com", "*.api.fastmail.com"], loopback_ports=[8008])
URL = "https://api.fastmail.com/jmap/session"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def parse(document, url=URL):
    return parse_session(document, session_url=url, allowed_hosts=HOSTS)


def test_a_real_session_is_read_by_its_primary_mail_account(session_document):
    session = parse(session_document)
    assert session.account_id == "u1"
    assert session.username == "alice@example.com"
    assert session.account.is_personal
    assert MAIL in session.account.capabilities
    assert session.limits["maxObjectsInGet"] == 4096
    assert session.api_url == "https://phl.api.fastmail.com/jmap/api/"
    assert session.state == "cyrus-12;p-5"
    assert [account.id for account in session.accounts] == ["u0", "u1"]


def test_a_state_with_half_a_surrogate_pair_is_the_one_that_answers_name(session_document):
    session = parse(session_document | {"state": "s\ud800"})
    assert session.state == parse_responses(rb'{"methodResponses": [], "sessionState": "s\ud800"}').session_state


def test_a_repr_names_nobody(session_document):
    assert "alice" not in repr(parse(session_document))


def test_relative_urls_are_resolved_against_the_session_as_cyrus_needs(session_document):
    session = parse(session_document | {"apiUrl": "/jmap/"}, "http://127.0.0.1:8008/jmap/")
    assert session.api_url == "http://127.0.0.1:8008/jmap/"


@pytest.mark.parametrize(
    "api_url",
    [
        "https://evil.example/",
        "//evil.example/jmap",
        "http://api.fastmail.com/",
        "https://[",
        "javascript:alert(1)",
        "\\\\x",
    ],
)
def test_an_api_on_another_host_is_refused(session_document, api_url):
    with pytest.raises(UnexpectedAnswer):
        parse(session_document | {"apiUrl": api_url})


def test_an_api_on_another_host_is_told_from_other_faults(session_document):
    with pytest.raises(UntrustedAddress):
        parse(session_document | {"apiUrl": "https://evil.example/"})


@pytest.mark.row("MC-26")
def test_an_address_on_a_host_that_is_not_trusted_is_not_kept(session_document):
    hostile = {
        name: f"https://evil.example/{{accountId}}/../{{blobId}}?name={{name}}&kind={name}"
        for name in ("downloadUrl", "uploadUrl", "eventSourceUrl")
    }
    session = parse(session_document | hostile)
    assert session == replace(parse(session_document), download_url="")
    assert {name for name in session.__slots__ if name.endswith("url")} == {"api_url", "download_url"}


@pytest.mark.parametrize("primary", [None, {}, {MAIL: "gone"}, {MAIL: ["u1"]}, "u1"])
def test_without_a_usable_primary_account_a_personal_one_with_mail_is_taken(session_document, primary):
    session_document["accounts"]["u0"]["accountCapabilities"] = {MAIL: {}}
    assert parse(session_document | {"primaryAccounts": primary}).account_id == "u1"


def test_a_shared_account_with_mail_is_better_than_none(session_document):
    session_document["accounts"]["u0"]["accountCapabilities"] = {MAIL: {}}
    del session_document["accounts"]["u1"], session_document["primaryAccounts"]
    assert parse(session_document).account_id == "u0"


def test_a_session_without_mail_account_is_refused(session_document):
    del session_document["accounts"]["u1"], session_document["primaryAccounts"]
    with pytest.raises(NoMailAccount):
        parse(session_document)


@pytest.mark.parametrize("primary", [None, {MAIL: "u1"}])
@pytest.mark.parametrize("capabilities", [None, {}])
def test_a_sole_personal_account_without_capabilities_of_a_session_with_mail_is_the_mail_account(
    session_document, primary, capabilities
):
    session_document["accounts"]["u1"]["accountCapabilities"] = capabilities
    assert parse(session_document | {"primaryAccounts": primary}).account_id == "u1"


def test_of_two_personal_accounts_without_capabilities_none_is_guessed(session_document):
    for account in session_document["accounts"].values():
        account |= {"accountCapabilities": None, "isPersonal": True}
    with pytest.raises(NoMailAccount):
        parse(session_document | {"primaryAccounts": None})


def test_a_primary_account_without_mail_gives_way_to_one_with_it(session_document):
    assert parse(session_document | {"primaryAccounts": {MAIL: "u0"}}).account_id == "u1"


def test_an_account_without_capabilities_at_all_is_tolerated(session_document):
    del session_document["accounts"]["u0"]["accountCapabilities"]
    assert parse(session_document).account_id == "u1"


@pytest.mark.parametrize(
    "core", [None, [], {}, {"maxObjectsInGet": "4096"}, {"maxObjectsInGet": True}, {"maxObjectsInGet": -1}]
)
def test_limits_that_are_no_numbers_are_left_out(session_document, core):
    session_document["capabilities"]["urn:ietf:params:jmap:core"] = core
    assert parse(session_document).limits == {}


@pytest.mark.parametrize(
    "change",
    [
        {"accounts": None},
        {"accounts": []},
        {"accounts": {f"u{n}": {} for n in range(1001)}},
        {"apiUrl": None},
        {"apiUrl": 7},
        {"apiUrl": "https://api.fastmail.com/" + "x" * 3000},
    ],
    ids=str,
)
def test_hostile_types_and_sizes_are_refused(session_document, change):
    with pytest.raises(UnexpectedAnswer):
        parse(session_document | change)


@pytest.mark.parametrize(
    "change",
    [
        {"capabilities": None},
        {"capabilities": "all"},
        {"capabilities": {f"urn:{n}": {} for n in range(201)}},
        {"capabilities": {"x" * 2000: {}}},
        {"state": 0},
        {"state": None},
        {"username": None},
        {"downloadUrl": 5},
    ],
    ids=str,
)
def test_an_odd_member_without_which_the_mailbox_can_be_read_harms_nothing_else(session_document, change):
    session = parse(session_document | change)
    assert [account.id for account in session.mail_accounts] == ["u1"]
    assert not session.has_odd_username


@pytest.mark.parametrize("username", [{"$ne": ""}, "x" * 2000, 5], ids=str)
def test_a_username_that_names_nobody_is_marked_and_not_taken(session_document, username):
    session = parse(session_document | {"username": username})
    assert (session.username, session.has_odd_username) == ("", True)


@pytest.mark.parametrize(
    ("harmed", "unreadable"),
    [
        (None, 1),
        ([], 1),
        ({"name": "x" * 2000}, 1),
        ({"accountCapabilities": {f"urn:{n}": {} for n in range(201)}}, 1),
        ({"name": None, "accountCapabilities": None, "isPersonal": None, "isReadOnly": None}, 0),
        ({"name": 5, "accountCapabilities": []}, 0),
    ],
    ids=str,
)
def test_another_account_that_is_odd_harms_only_itself(session_document, harmed, unreadable):
    session_document["accounts"]["u0"] = harmed
    session = parse(session_document)
    assert (session.account_id, session.unreadable) == ("u1", unreadable)


@pytest.mark.parametrize(
    ("primary", "found"),
    [({CONTACTS: "u1"}, "u1"), ({CONTACTS: "u0"}, "u1"), ({CONTACTS: "gone"}, "u1"), ({}, "u1"), (None, "u1")],
    ids=str,
)
def test_the_address_book_is_that_of_the_primary_account_or_of_the_owner(session_document, primary, found):
    session_document["accounts"]["u1"]["accountCapabilities"][CONTACTS] = {}
    session = parse(session_document | {"primaryAccounts": {MAIL: "u1"} | (primary or {})})
    assert session.contacts_account_id == found


def test_without_contacts_there_is_no_address_book(session_document):
    assert parse(session_document).contacts_account_id is None


@pytest.mark.parametrize("document", [None, [], "x", 5, True, {}])
def test_a_document_that_is_no_session_is_refused(document):
    with pytest.raises(UnexpectedAnswer):
        parse(document)


@given(JSON)
def test_no_json_raises_anything_but_the_family(document):
    with contextlib.suppress(MailboxError):
        parse(document)


@given(st.data())
def test_no_mutilated_session_raises_anything_but_the_family(data):
    document = {
        "username": "a",
        "accounts": {"u1": {"name": "a", "accountCapabilities": {MAIL: {}}}},
        "primaryAccounts": {MAIL: "u1"},
        "capabilities": {"urn:ietf:params:jmap:core": {}},
        "apiUrl": "/jmap/",
        "state": "0",
    }
    document[data.draw(st.sampled_from(sorted(document)))] = data.draw(JSON)
    with contextlib.suppress(MailboxError):
        assert json.dumps(parse(document).account_id)
