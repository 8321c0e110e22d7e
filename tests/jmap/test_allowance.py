"""Least privilege inside the process: what a connection may send follows from the grant's scopes."""

import pytest

from mailconnect.jmap.allowance import SCOPES, Needs, allowance
from mailconnect.jmap.capabilities import CONTACTS, CORE, MAIL
from mailconnect.jmap.email_properties import ENVELOPE_PROPERTIES
from mailconnect.jmap.errors import MethodNotAllowed
from mailconnect.jmap.invocation import Invocation

SUBMISSION = "urn:ietf:params:jmap:submission"
METHODS = (
    "Core/echo",
    "Mailbox/get", "Mailbox/query", "Mailbox/set", "Mailbox/changes",
    "Email/get", "Email/query", "Email/set", "Email/copy", "Email/import", "Email/parse", "Email/changes",
    "Thread/get", "Thread/changes", "SearchSnippet/get",
    "Identity/get", "Identity/set", "EmailSubmission/get", "EmailSubmission/set",
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
        for scope, needs in SCOPES.items()
    } == TABLE


@pytest.mark.parametrize("scope", TABLE)
def test_a_scope_lets_through_its_methods_and_no_other(scope):
    methods, capabilities, _, downloads = TABLE[scope]
    using = (CORE,) if capabilities else ()
    assert {name for name in METHODS if is_allowed({scope}, envelopes(name), using=using)} == methods
    assert {one for one in (CORE, MAIL, SUBMISSION, CONTACTS) if is_allowed({scope}, using=(one,))} == capabilities
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
def test_who_and_when_brings_nothing_of_what_a_message_says(arguments):
    assert not is_allowed({"emails:metadata"}, call("Email/get", **arguments))
    assert is_allowed({"emails:metadata", "emails:read"}, call("Email/get", **arguments))


def test_who_and_when_brings_the_envelope():
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
def test_who_and_when_cannot_be_asked_whether_a_word_is_in_a_body(condition, allowed):
    assert is_allowed({"emails:metadata"}, call("Email/query", filter=condition)) is allowed
    assert is_allowed({"emails:read"}, call("Email/query", filter=condition))


def test_a_result_reference_is_only_what_this_program_made():
    query = call("Email/query")
    made = query.result("/ids")
    assert is_allowed({"emails:read"}, query, call("Email/get", **{"#ids": made}))
    for forged in ({"resultOf": "0", "name": "Email/query", "path": "/ids"}, "/ids", None):
        assert not is_allowed({"emails:read"}, query, call("Email/get", **{"#ids": forged}))
    assert not is_allowed({"emails:read"}, query, call("Email/get", ids=made))
