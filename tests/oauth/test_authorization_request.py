"""RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2: the checks of an authorization request, and who is told of a refusal."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.oauth.authorization_request import AuthorizationRequest, checked, parse_query
from mailconnect.oauth.clients.client import AuthMethod, Client
from mailconnect.oauth.errors import AuthorizationError, RedirectableError
from mailconnect.oauth.scopes import SCOPES

RESOURCE = "https://mail.example/mcp"
REDIRECT_URI = "https://app.example/cb"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
CLIENT = Client(
    id="app",
    name="App",
    redirect_uris=(REDIRECT_URI, "http://127.0.0.1/cb"),
    auth_method=AuthMethod.NONE,
    secret_hash=None,
    grant_types=("authorization_code",),
    client_uri=None,
    created_at=0,
    expires_at=1,
)
GOOD = {
    "response_type": "code",
    "client_id": "app",
    "redirect_uri": REDIRECT_URI,
    "scope": " ".join(SCOPES),
    "state": "s",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "resource": RESOURCE,
}


def query(**changes: str | None) -> str:
    return urlencode({name: value for name, value in (GOOD | changes).items() if value is not None})


def asked(text: str) -> AuthorizationRequest:
    parsed = parse_query(text)
    return checked(parsed, CLIENT if parsed.client_id == CLIENT.id else None, RESOURCE)


def is_said_to_a_person(text: str) -> bool:
    return text[0].isupper() and text.endswith(".") and not text.isupper()


def refused_here(text: str) -> None:
    """The redirect URI is not proven: nothing may be sent there."""
    with pytest.raises(AuthorizationError) as refused:
        asked(text)
    assert not isinstance(refused.value, RedirectableError)
    assert is_said_to_a_person(refused.value.sentence)


def refused(text: str) -> RedirectableError:
    with pytest.raises(RedirectableError) as raised:
        asked(text)
    assert raised.value.redirect_uri == REDIRECT_URI
    assert is_said_to_a_person(raised.value.sentence)
    return raised.value


def test_a_good_request_is_what_it_says() -> None:
    assert asked(query()) == AuthorizationRequest(
        client=CLIENT,
        redirect_uri=REDIRECT_URI,
        scope=frozenset(SCOPES),
        dropped=frozenset(),
        state="s",
        code_challenge=CHALLENGE,
    )


@pytest.mark.row("AZ-01")
@pytest.mark.parametrize("client_id", [None, "", "other", "APP", "app ", "app\x00", "https://evil.example/id", "é"])
def test_without_a_known_client_nothing_is_redirected(client_id: str | None) -> None:
    refused_here(query(client_id=client_id))


@pytest.mark.row("AZ-01")
def test_a_request_that_names_no_client_names_none() -> None:
    assert parse_query("state=x").client_id == ""


@pytest.mark.row("AZ-01")
@pytest.mark.parametrize(
    "text", ["\xff", "a=%", "a=b c", "&".join(f"a{n}=1" for n in range(99)), "client_id=%ZZ", "\x00"]
)
def test_a_query_that_cannot_be_read_is_refused_here(text: str) -> None:
    refused_here(text)


@pytest.mark.row("AZ-02")
@pytest.mark.parametrize(
    "redirect_uri",
    [
        f"{REDIRECT_URI}/",
        f"{REDIRECT_URI}?a=b",
        f"{REDIRECT_URI}#x",
        "https://app.example/CB",
        "https://app.example/%63b",
        "http://app.example/cb",
        "https://app.example:8443/cb",
        "https://evil.app.example/cb",
        "https://x@app.example/cb",
        "https://äpp.example/cb",
        REDIRECT_URI + "/" * 7000,
        "javascript:alert(1)",
    ],
)
def test_a_redirect_uri_that_was_not_registered_is_refused_here(redirect_uri: str) -> None:
    refused_here(query(redirect_uri=redirect_uri))


@pytest.mark.row("AZ-03")
@pytest.mark.parametrize("port", ["", ":1", ":51234"])
def test_on_loopback_the_port_is_free(port: str) -> None:
    uri = f"http://127.0.0.1{port}/cb"
    assert asked(query(redirect_uri=uri)).redirect_uri == uri


@pytest.mark.row("AZ-05")
@pytest.mark.parametrize("redirect_uri", [None, ""])
def test_a_redirect_uri_is_required(redirect_uri: str | None) -> None:
    refused_here(query(redirect_uri=redirect_uri))


@pytest.mark.row("AZ-06")
@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
@pytest.mark.parametrize("again", ["{}", "%{:02x}{}"])
def test_a_request_that_names_its_client_twice_is_refused_here(name: str, again: str) -> None:
    other = name if again == "{}" else again.format(ord(name[0]), name[1:])
    refused_here(f"{query()}&{other}={quote(GOOD[name])}")
    refused_here(f"{query()}&{other}=")


TWICE = [name for name in GOOD if name not in {"client_id", "redirect_uri", "resource"}]


@pytest.mark.row("AZ-06")
@pytest.mark.parametrize("name", [*TWICE, "prompt", "response_mode", "request", "request_uri"])
def test_any_other_parameter_twice_is_refused_and_the_client_may_hear_of_it(name: str) -> None:
    twice = refused(f"{query(**{name: 'x'})}&%{ord(name[0]):02X}{name[1:]}=x")
    assert twice.code == "invalid_request"
    assert twice.state == (None if name == "state" else "s")


@pytest.mark.row("AZ-06")
def test_a_parameter_that_we_do_not_know_may_come_twice() -> None:
    assert asked(f"{query(audience='x')}&audience=y&audience=x").state == "s"


@pytest.mark.row("AZ-06")
def test_a_name_in_another_case_is_a_parameter_we_do_not_know() -> None:
    assert asked(f"{query()}&STATE=x&Client_Id=other").state == "s"


@pytest.mark.row("AZ-07")
@pytest.mark.parametrize("response_type", [None, ""])
def test_a_response_type_is_required(response_type: str | None) -> None:
    assert refused(query(response_type=response_type)).code == "invalid_request"


@pytest.mark.parametrize("response_type", ["token", "id_token", "code token", "Code", "code ", "none"])
def test_no_other_response_type_is_supported(response_type: str) -> None:
    assert refused(query(response_type=response_type)).code == "unsupported_response_type"


@pytest.mark.row("AZ-09")
@pytest.mark.parametrize("challenge", [None, ""])
def test_a_challenge_is_required(challenge: str | None) -> None:
    assert refused(query(code_challenge=challenge)).code == "invalid_request"


@pytest.mark.row("AZ-10")
@pytest.mark.parametrize("method", ["plain", None, "", "s256", "S512", "S256 "])
def test_the_challenge_method_is_s256(method: str | None) -> None:
    assert refused(query(code_challenge_method=method)).code == "invalid_request"


@pytest.mark.row("AZ-11")
@pytest.mark.parametrize(
    "challenge", ["a" * 42, "a" * 44, "a" * 128, "a" * 42 + "+", "a" * 42 + "/", "a" * 42 + "=", "a" * 42 + "é"]
)
def test_a_challenge_is_43_characters_of_base64url(challenge: str) -> None:
    assert refused(query(code_challenge=challenge)).code == "invalid_request"


@pytest.mark.row("AZ-13")
def test_an_unknown_scope_beside_a_known_one_is_dropped() -> None:
    request = asked(query(scope="offline_access session:read mail:send"))
    assert request.scope == {"session:read"}
    assert request.dropped == {"offline_access", "mail:send"}


@pytest.mark.row("AZ-13")
@pytest.mark.parametrize(
    "scope", ["mail:send", "offline_access", "a" * 4096, "a\x00", 'a"', "a\\", "mail:send  x", " "]
)
def test_a_scope_of_nothing_we_offer_is_invalid(scope: str) -> None:
    assert refused(query(scope=scope)).code == "invalid_scope"


@pytest.mark.parametrize("scope", [None, ""])
def test_without_a_scope_everything_is_asked_for(scope: str | None) -> None:
    assert asked(query(scope=scope)).scope == frozenset(SCOPES)


@pytest.mark.row("AZ-14")
@pytest.mark.parametrize(
    "resource",
    [
        "https://evil.example/mcp",
        "https://mail.example",
        "https://mail.example/mcp#x",
        "/mcp",
        "mcp",
        "javascript:alert(1)",
        f"{RESOURCE} {RESOURCE}",
    ],
)
def test_another_resource_is_an_invalid_target(resource: str) -> None:
    assert refused(query(resource=resource)).code == "invalid_target"


@pytest.mark.row("AZ-14")
@pytest.mark.parametrize("other", ["https://evil.example/mcp", f"{RESOURCE}#x", "mcp"])
def test_of_two_resources_neither_may_be_another_service(other: str) -> None:
    assert refused(f"{query()}&resource={quote(other)}").code == "invalid_target"
    assert refused(f"{query(resource=other)}&resource={quote(RESOURCE)}").code == "invalid_target"


def test_the_same_resource_may_be_named_twice() -> None:
    assert asked(f"{query()}&resource={quote(RESOURCE)}&resource={quote(RESOURCE)}%2F&resource=")


@pytest.mark.row("AZ-14")
@pytest.mark.parametrize("resource", [None, "", f"{RESOURCE}/", f"{RESOURCE}?utm_source=x"])
def test_the_resource_may_be_omitted(resource: str | None) -> None:
    assert asked(query(resource=resource))


@pytest.mark.row("AZ-15")
@pytest.mark.parametrize("state", [None, "", "x" * 4096, "\r\nSet-Cookie: a=b", "<img>", "\x00", "🦄"])
def test_any_state_is_taken_as_it_is(state: str | None) -> None:
    assert asked(query(state=state)).state == state


@pytest.mark.row("AZ-15")
def test_a_state_need_not_be_utf_8() -> None:
    state = asked(f"{query(state=None)}&state=%FF%FE").state
    assert state is not None
    assert state.encode("utf-8", "surrogateescape") == b"\xff\xfe"


@pytest.mark.row("AZ-15")
def test_a_state_of_4_kb_goes_back_with_a_refusal_too() -> None:
    assert refused(query(state="x" * 4096, prompt="none")).state == "x" * 4096


@pytest.mark.row("AZ-15")
def test_a_state_over_4_kb_is_refused_and_not_sent_back() -> None:
    too_long = refused(query(state="x" * 4097))
    assert too_long.code == "invalid_request"
    assert too_long.state is None


@pytest.mark.row("AZ-17")
@pytest.mark.parametrize("prompt", ["none", "none login", "login none"])
def test_nothing_happens_without_asking_the_person(prompt: str) -> None:
    assert refused(query(prompt=prompt)).code == "interaction_required"


@pytest.mark.row("AZ-17")
@pytest.mark.parametrize(
    "changes",
    [{"prompt": "consent"}, {"prompt": "login\tnone"}, {"login_hint": "a@b"}, {"id_token_hint": "x"}, {"nonce": "x"}],
)
def test_hints_change_nothing(changes: dict[str, str]) -> None:
    assert asked(query(**changes)) == asked(query())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "https://evil.example/"}, "request_uri_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
    ],
)
def test_a_parameter_that_is_not_supported_is_refused_by_its_name(changes: dict[str, str], code: str) -> None:
    assert refused(query(**changes)).code == code


@pytest.mark.parametrize("name", ["request", "request_uri", "response_mode", "prompt"])
def test_a_parameter_without_a_value_counts_as_omitted(name: str) -> None:
    assert asked(query(**{name: ""})) == asked(query())


def test_the_query_mode_may_be_named() -> None:
    assert asked(query(response_mode="query")) == asked(query())


_VALUES: st.SearchStrategy[Any] = st.none() | st.text(max_size=12) | st.sampled_from(sorted(GOOD.values()))


@given(st.dictionaries(st.sampled_from(sorted(GOOD)) | st.text(max_size=5), _VALUES, max_size=4), st.text(max_size=9))
def test_no_query_is_more_than_refused_and_none_leads_to_another_address(
    changes: dict[str, str | None], tail: str
) -> None:
    known = {name: value for name, value in changes.items() if value is None or value.isprintable()}
    for text in (query(**known), query(**known) + tail, tail):
        outcome: AuthorizationRequest | AuthorizationError
        try:
            outcome = asked(text)
        except AuthorizationError as refusal:
            outcome = refusal
        if isinstance(outcome, AuthorizationRequest | RedirectableError):
            assert outcome.redirect_uri in CLIENT.redirect_uris
