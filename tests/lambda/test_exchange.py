"""Where Mangum would change a request or a response, and what our code does instead."""

import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mangum.types import LambdaConfig, LambdaContext, Scope

from handlers.aws.event import HttpApi
from handlers.aws.exchange import Exchange
from tests.infra.gateway import payload
from tests.infra.template import API_ID

API = HttpApi(API_ID, "mail.example.com")


def exchange(event: dict[str, Any]) -> Exchange:
    return Exchange(API.check(event), cast("LambdaContext", None), cast("LambdaConfig", {}))


def scope(method: str, target: str, *headers: tuple[str, str]) -> Scope:
    return exchange(payload(method, target, headers)).scope


def answered(status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> dict[str, Any]:
    return exchange(payload("GET", "/"))({"status": status, "headers": [[*pair] for pair in headers], "body": body})


@pytest.mark.parametrize(
    ("sent", "seen"),
    [("/mcp", "/mcp"), ("/%6dcp", "/mcp"), ("/%256dcp", "/%6dcp"), ("/%25256dcp", "/%256dcp"), ("/a%2Fb", "/a/b")],
)
def test_a_path_is_decoded_once_and_that_by_the_gateway(sent: str, seen: str) -> None:
    assert scope("POST", sent)["path"] == seen


@pytest.mark.row("AZ-06")
def test_a_repeated_parameter_is_still_two() -> None:
    event = payload("GET", "/authorize?state=a&state=b&scope=x%20y")
    assert event["queryStringParameters"]["state"] == "a,b"
    assert exchange(event).scope["query_string"] == b"state=a&state=b&scope=x%20y"


@pytest.mark.row("DP-13")
def test_the_callers_address_is_what_the_gateway_says() -> None:
    seen = scope("GET", "/", ("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-Proto", "http"))
    assert seen["client"] == ("203.0.113.7", 0)
    assert seen["scheme"] == "https"


def test_repeated_headers_and_cookies_are_what_the_gateway_makes_of_them() -> None:
    seen = dict(
        scope("GET", "/", ("Authorization", "Bearer a"), ("authorization", "Bearer b"), ("Cookie", "a=b; c=d"))[
            "headers"
        ]
    )
    assert seen[b"authorization"] == b"Bearer a,Bearer b"
    assert seen[b"cookie"] == b"a=b; c=d"


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "application/octet-stream"])
@given(text=st.text())
def test_a_body_arrives_as_it_was_sent(kind: str, text: str) -> None:
    sent = text.encode(errors="replace")
    assert exchange(payload("POST", "/token", [("Content-Type", kind)], sent)).body == sent


def test_every_cookie_is_one_of_its_own() -> None:
    answer = answered(
        303,
        [(b"set-cookie", b"a=1; Path=/"), (b"Set-Cookie", b"b=2, 3"), (b"location", b"/x"), (b"set-cookie", b"c=4")],
        b"",
    )
    assert answer["cookies"] == ["a=1; Path=/", "b=2, 3", "c=4"]
    assert answer["headers"] == {"location": "/x"}


def test_two_challenges_are_one_list() -> None:
    answer = answered(401, [(b"www-authenticate", b"Bearer"), (b"WWW-Authenticate", b'Basic realm="x"')], b"")
    both = 'Bearer, Basic realm="x"'
    assert answer["headers"] == {"www-authenticate": both, "mailconnect-challenge": both}


@pytest.mark.parametrize("status", [202, 204, 401])
def test_an_empty_answer_is_declared_to_be_nothing(status: int) -> None:
    assert answered(status, [(b"content-length", b"0")], b"") == {
        "statusCode": status,
        "headers": {},
        "cookies": [],
        "body": "",
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize("kind", ["application/problem+json", "application/json", "text/html", "image/svg+xml"])
def test_text_is_sent_as_text_whatever_it_is_called(kind: str) -> None:
    answer = answered(200, [(b"content-type", kind.encode())], '{"a": "ü"}'.encode())
    assert answer["body"] == '{"a": "ü"}'
    assert answer["isBase64Encoded"] is False


@given(st.binary())
def test_an_answer_of_any_bytes_can_be_sent(body: bytes) -> None:
    json.dumps(answered(200, [], body))


def test_every_cookie_of_an_event_arrives() -> None:
    event = payload("GET", "/") | {"cookies": ["a=1", "b=2", "c=3", "d=4"]}
    assert dict(exchange(event).scope["headers"])[b"cookie"] == b"a=1; b=2; c=3; d=4"
