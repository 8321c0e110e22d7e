import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.client import is_repeatable, request_body
from mailconnect.jmap.errors import (
    METHOD_ERRORS,
    InvalidResultReference,
    MethodError,
    MethodNotAllowed,
    ServerFail,
)
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.mailbox.mailboxes import mailbox_get, parse_mailboxes
from mailconnect.jmap.response import parse_responses
from mailconnect.mail.errors import MailboxError, UnexpectedAnswer
from tests.jmap_responses import responses
from tests.real_scopes import ALL_ALLOWED

GET = mailbox_get("u1")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def test_a_request_is_written_as_rfc_8620_3_3_has_it():
    body = json.loads(request_body((CORE, MAIL), (GET,)))
    assert body["using"] == [CORE, MAIL]
    ((name, arguments, call_id),) = body["methodCalls"]
    assert (name, call_id) == ("Mailbox/get", "0")
    assert arguments["accountId"] == "u1"
    assert arguments["ids"] is None
    assert "unreadEmails" in arguments["properties"]


@pytest.mark.row("MC-25")
@pytest.mark.parametrize(
    "method",
    [
        "Identity/set",
        "VacationResponse/set",
        "SieveScript/set",
        "Email/copy",
        "Email/import",
        "MaskedEmail/changes",
        "Core/echo",
        "mailbox/get",
    ],
)
def test_a_method_that_no_tool_needs_never_leaves(method):
    with pytest.raises(MethodNotAllowed):
        ALL_ALLOWED.check((CORE, MAIL), (Invocation(method, {}, "0"),))


@pytest.mark.row("MC-25")
def test_another_capability_or_a_result_reference_never_leaves():
    with pytest.raises(MethodNotAllowed):
        ALL_ALLOWED.check((CORE, MAIL, "urn:ietf:params:jmap:vacationresponse"), (GET,))
    reference = {"accountId": "u1", "#ids": {"resultOf": "0", "name": "Email/query", "path": "/ids"}}
    with pytest.raises(MethodNotAllowed):
        ALL_ALLOWED.check((CORE, MAIL), (Invocation("Mailbox/get", reference, "0"),))


def test_a_reference_is_written_as_rfc_8620_3_7_has_it():
    query = Invocation("Mailbox/query", {"accountId": "u1"}, "q")
    get = Invocation("Mailbox/get", {"accountId": "u1", "#ids": query.result("/ids")}, "g")
    body = json.loads(request_body((CORE, MAIL), (query, get)))
    assert body["methodCalls"][1][1]["#ids"] == {"resultOf": "q", "name": "Mailbox/query", "path": "/ids"}


@pytest.mark.parametrize(
    ("names", "repeatable"),
    [
        (["Mailbox/get"], True),
        (["Email/query", "Email/get", "SearchSnippet/get", "Email/parse", "Email/changes", "Email/queryChanges"], True),
        (["Mailbox/get", "Email/set"], False),
        (["Email/import"], False),
        (["Core/echo"], False),
    ],
)
def test_only_a_request_whose_methods_all_read_may_be_sent_twice(names, repeatable):
    assert is_repeatable([Invocation(name, {}, "0") for name in names]) is repeatable


def test_a_response_is_found_by_its_call():
    body = b"""{"methodResponses": [["Other/get", {}, "9"], ["Mailbox/get", {"list": []}, "0"]],
        "sessionState": "s", "createdIds": {}}"""
    answered = parse_responses(body)
    assert answered.session_state == "s"
    assert bytes(answered.to(GET)) == b'{"list": []}'


@pytest.mark.row("F-44")
@pytest.mark.parametrize("kind", sorted(METHOD_ERRORS))
def test_each_method_error_is_raised_for_its_call_alone(kind):
    other = Invocation("Mailbox/get", {"list": [1]}, "1")
    answered = responses(Invocation("error", {"type": kind, "description": "secret"}, "0"), other)
    with pytest.raises(MethodError) as raised:
        answered.to(GET)
    assert type(raised.value) is METHOD_ERRORS[kind]
    assert "secret" not in str(raised.value) + raised.value.text
    assert json.loads(bytes(answered.to(other))) == other.arguments


@pytest.mark.row("F-44")
@pytest.mark.parametrize("kind", ["urn:example:strange", "", None, 7, ["serverFail"], {}, "\ud800"])
def test_an_unknown_type_counts_as_server_fail(kind):
    with pytest.raises(ServerFail):
        responses(Invocation("error", {"type": kind}, "0")).to(GET)


@pytest.mark.row("F-44")
@pytest.mark.parametrize("arguments", ["{}", '{"type": 1e999}'])
def test_an_error_without_a_type_or_with_a_number_counts_as_server_fail(arguments):
    body = f'{{"methodResponses": [["error", {arguments}, "0"]]}}'.encode()
    with pytest.raises(ServerFail):
        parse_responses(body).to(GET)


def test_cyrus_spells_one_error_otherwise():
    with pytest.raises(InvalidResultReference):
        responses(Invocation("error", {"type": "resultReference"}, "0")).to(GET)


@pytest.mark.parametrize(
    "invocations", [(), (Invocation("Mailbox/get", {}, "1"),), (Invocation("Email/get", {}, "0"),)], ids=str
)
def test_a_call_without_its_response_is_an_unexpected_answer(invocations):
    with pytest.raises(UnexpectedAnswer):
        responses(*invocations).to(GET)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"methodResponses": {}},
        {"methodResponses": [["a", {}, "0"]] * 300},
    ],
    ids=str,
)
def test_a_document_that_is_no_response_is_an_unexpected_answer(document):
    with pytest.raises(UnexpectedAnswer):
        parse_responses(json.dumps(document).encode())


@pytest.mark.parametrize("odd", [[], ["a", {}], ["a", {}, "0", 1], [1, {}, "0"], ["a", {}, 0], None, "x"], ids=str)
def test_one_odd_response_harms_only_itself(odd):
    whole = ["Mailbox/get", {"list": []}, GET.call_id]
    answered = parse_responses(json.dumps({"methodResponses": [odd, whole], "sessionState": "s"}).encode())
    assert json.loads(bytes(answered.to(GET))) == {"list": []}
    assert answered.session_state == "s"
    with pytest.raises(UnexpectedAnswer):
        parse_responses(json.dumps({"methodResponses": [odd]}).encode()).to(GET)


@pytest.mark.parametrize("state", [5, None, {}, "x" * 2000], ids=str)
def test_an_odd_session_state_is_none(state):
    assert parse_responses(json.dumps({"methodResponses": [], "sessionState": state}).encode()).session_state == ""


@given(JSON | st.lists(JSON, min_size=3, max_size=3).map(lambda one: {"methodResponses": [one]}))
def test_no_json_raises_anything_but_the_family(document):
    with contextlib.suppress(MailboxError):
        answered = parse_responses(json.dumps(document).encode())
        parse_mailboxes(answered.to(GET))


def test_arguments_do_not_show_in_a_repr():
    assert "u1" not in repr(GET)
    assert "u1" not in repr(responses(GET))
