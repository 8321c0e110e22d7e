"""Least privilege inside the process: a connection may send only what the grant's scopes need."""

import pytest

from mailconnect.jmap.allowance import NEEDED_BY, Needs, allowance
from mailconnect.jmap.capabilities import CONTACTS, CORE, MAIL, MASKED_EMAIL, SUBMISSION
from mailconnect.jmap.email.properties import ENVELOPE_PROPERTIES
from mailconnect.jmap.errors import MethodNotAllowed
from mailconnect.jmap.invocation import Invocation

METHODS = (
    "Core/echo",
    "Mailbox/get", "Mailbox/query", "Mailbox/set", "Mailbox/changes",
    "Email/get", "Email/query", "Email/set", "Email/copy", "Email/import", "Email/parse", "Email/changes",
    "Thread/get", "Thread/changes", "SearchSnippet/get",
    "Identity/get", "Identity/set", "EmailSubmission/get", "EmailSubmission/query", "EmailSubmission/set",
    "VacationResponse/get", "VacationResponse/set", "SieveScript/set", "PushSubscription/set", "Blob/upload",
    "AddressBook/get", "AddressBook/set", "ContactCard/get", "ContactCard/query", "ContactCard/set",
    "MaskedEmail/get", "MaskedEmail/set",
)  # fmt: skip
ENVELOPES = {"Mailbox/get", "Mailbox/query", "Email/query", "Email/get", "Thread/get"}
TABLE = {
    "session:read": (set(), set(), False, False),
    "mailboxes:read": ({"Mailbox/get", "Mailbox/query"}, {CORE, MAIL}, False, False),
    "emails:metadata": (ENVELOPES, {CORE, MAIL}, False, False),
    "emails:read": (ENVELOPES | {"SearchSnippet/get"}, {CORE, MAIL}, True, True),
    "emails:organize": (ENVELOPES | {"Email/set"}, {CORE, MAIL}, False, False),
    "mailboxes:write": ({"Mailbox/get", "Mailbox/query", "Mailbox/set"}, {CORE, MAIL}, False, False),
    "drafts:write": (ENVELOPES | {"Email/set", "Identity/get"}, {CORE, MAIL, SUBMISSION}, False, False),
    "emails:send": (
        ENVELOPES
        | {"Email/set", "Identity/get", "EmailSubmission/get", "EmailSubmission/query", "EmailSubmission/set"},
        {CORE, MAIL, SUBMISSION},
        False,
        False,
    ),
    "masked:read": ({"MaskedEmail/get"}, {CORE, MASKED_EMAIL}, False, False),
    "masked:write": ({"MaskedEmail/get", "MaskedEmail/set"}, {CORE, MASKED_EMAIL}, False, False),
    "contacts:read": ({"ContactCard/get", "ContactCard/query"}, {CORE, CONTACTS}, False, False),
}
"""Scope: methods, capabilities, content, downloads."""


def call(name, **arguments):
    return Invocation(name, arguments, "0")


def is_allowed(scopes, *calls, using=(CORE,)):
    try:
        allowance(frozenset(scopes)).check(using, calls)
    except MethodNotAllowed:
        return False
    return True


def envelopes(name):
    """With arguments that ask for no content."""
    return call(name, properties=["id"]) if name == "Email/get" else call(name)


def test_the_table_is_exactly_this():
    assert {
        scope: (set(needs.methods), set(needs.capabilities), needs.content, needs.downloads)
        for scope, needs in NEEDED_BY.items()
    } == TABLE


@pytest.mark.parametrize("scope", TABLE)
def test_a_scope_lets_through_its_methods_and_no_other(scope):
    methods, capabilities, _, downloads = TABLE[scope]
    using = (CORE,) if capabilities else ()
    assert {name for name in METHODS if is_allowed({scope}, envelopes(name), using=using)} == methods
    assert {
        one for one in (CORE, MAIL, SUBMISSION, CONTACTS, MASKED_EMAIL) if is_allowed({scope}, using=(one,))
    } == capabilities
    if downloads:
        allowance(frozenset({scope})).check_download()
    else:
        with pytest.raises(MethodNotAllowed):
            allowance(frozenset({scope})).check_download()


def test_scopes_add_up_and_an_unknown_one_adds_nothing():
    both = allowance(frozenset({"mailboxes:read", "contacts:read", "weather:read"})).needs
    assert both.methods == {"Mailbox/get", "Mailbox/query", "ContactCard/get", "ContactCard/query"}
    assert both.capabilities == {CORE, MAIL, CONTACTS}
    assert allowance(frozenset({"weather:read"})).needs == Needs()


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"properties": None},
        {"properties": ["preview"]},
        {"properties": ["id", "bodyValues"]},
        {"properties": ["id", "attachments"]},
        {"properties": ["id", "header:X-Secret"]},
        {"properties": ["id"], "fetchAllBodyValues": True},
        {"properties": ["id"], "bodyProperties": ["name"]},
    ],
    ids=str,
)
def test_metadata_alone_bring_nothing_of_a_messages_text(arguments):
    assert not is_allowed({"emails:metadata"}, call("Email/get", **arguments))
    assert is_allowed({"emails:metadata", "emails:read"}, call("Email/get", **arguments))


def test_metadata_alone_bring_the_envelope():
    whole = {"accountId": "u", "ids": ["a"], "properties": [*ENVELOPE_PROPERTIES]}
    assert is_allowed({"emails:metadata"}, call("Email/get", **whole))


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        (None, True),
        ({"from": "a", "subject": "b", "inMailbox": "m"}, True),
        ({"text": "secret"}, False),
        ({"subject": "a", "body": "secret"}, False),
        ({"operator": "OR", "conditions": [{"from": "a"}, {"operator": "NOT", "conditions": [{"text": "b"}]}]}, False),
        ({"operator": "OR", "conditions": [{"from": "a"}, {"attachmentName": "b"}]}, False),
    ],
    ids=str,
)
def test_metadata_alone_do_not_tell_whether_a_word_is_in_a_body(condition, allowed):
    assert is_allowed({"emails:metadata"}, call("Email/query", filter=condition)) is allowed
    assert is_allowed({"emails:read"}, call("Email/query", filter=condition))


def test_a_result_reference_is_only_what_this_program_made():
    query = call("Email/query")
    made = query.result("/ids")
    assert is_allowed({"emails:read"}, query, call("Email/get", **{"#ids": made}))
    for forged in ({"resultOf": "0", "name": "Email/query", "path": "/ids"}, "/ids", None):
        assert not is_allowed({"emails:read"}, query, call("Email/get", **{"#ids": forged}))
    assert not is_allowed({"emails:read"}, query, call("Email/get", ids=made))


WRITING = {
    "emails:organize": {"update"},
    "drafts:write": {"create", "destroy"},
    "emails:send": {"update"},
}


@pytest.mark.parametrize("scope", TABLE)
@pytest.mark.parametrize("member", ["create", "update", "destroy"])
def test_a_scope_changes_messages_in_its_own_way_only(scope, member):
    assert is_allowed({scope}, call("Email/set", **{member: {}})) is (member in WRITING.get(scope, ()))


@pytest.mark.parametrize("member", ["onDestroyRemoveEmails", "onSuccessDestroyEmail"])
@pytest.mark.parametrize("method", ["Mailbox/set", "EmailSubmission/set"])
def test_no_scope_destroys_messages_by_the_way(method, member):
    assert is_allowed(TABLE, call(method))
    assert not is_allowed(TABLE, call(method, **{member: True}))


def test_a_draft_is_read_back_whole_by_who_may_not_search_in_messages():
    whole, search = call("Email/get", properties=["bodyValues"]), call("Email/query", filter={"text": "secret"})
    assert {one for one in TABLE if is_allowed({one}, whole)} == {"emails:read", "drafts:write", "emails:send"}
    assert {one for one in TABLE if is_allowed({one}, search)} == {"emails:read"}


@pytest.mark.parametrize("name", ["create", "#create"])
def test_a_connection_without_the_owners_word_submits_nothing_and_can_take_back(name: str) -> None:
    allowed = allowance(frozenset(NEEDED_BY), submits=False)
    value = Invocation("Email/query", {}, "0").result("/ids") if name.startswith("#") else {"s": {}}
    with pytest.raises(MethodNotAllowed):
        allowed.check((CORE, SUBMISSION), (Invocation("EmailSubmission/set", {"accountId": "u", name: value}, "1"),))
    update = {"accountId": "u", "update": {"S1": {"undoStatus": "canceled"}}}
    allowed.check((CORE, SUBMISSION), (Invocation("EmailSubmission/set", update, "1"),))
