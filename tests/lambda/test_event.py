"""Only requests of our own HTTP API are served, also if another caller may invoke a function."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.aws.event import HttpApi, NotOurEvent
from tests.infra.gateway import payload
from tests.infra.template import API_ID

API = HttpApi(API_ID, "mail.example.com")
MISSING = object()


def request() -> dict[str, Any]:
    headers = [("Authorization", "Bearer x"), ("Content-Type", "application/json"), ("Cookie", "a=b; c=d")]
    return payload("POST", "/mcp?a=b", headers, b'{"jsonrpc": "2.0"}')


def changed(where: str, value: object) -> dict[str, Any]:
    event = copy.deepcopy(request())
    *path, last = where.split("/")
    inner = event
    for name in path:
        inner = inner[name]
    if value is MISSING:
        del inner[last]
    else:
        inner[last] = value
    return event


def test_a_request_of_ours_is_let_through_as_it_is() -> None:
    event = request()
    assert API.check(event) is event


def test_a_request_without_body_query_and_cookies_is_let_through() -> None:
    API.check(payload("GET", "/"))


FOREIGN = {
    "nothing": None,
    "a list": [request()],
    "text": "GET /mcp",
    "an empty object": {},
    "a bucket's notification": {"Records": [{"eventSource": "aws:s3", "s3": {"bucket": {"name": "b"}}}]},
    "the schedule's": {"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}},
    "payload 1.0": {
        "version": "1.0",
        "resource": "/mcp",
        "path": "/mcp",
        "httpMethod": "POST",
        "headers": {},
        "requestContext": {"apiId": API_ID, "stage": "$default", "identity": {"sourceIp": "203.0.113.7"}},
    },
    "a load balancer's": {
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:x"}},
        "httpMethod": "POST",
        "path": "/mcp",
        "headers": {"host": "mail.example.com"},
        "body": "",
        "isBase64Encoded": False,
    },
    "an edge function's": {"Records": [{"cf": {"request": {"uri": "/mcp", "method": "POST"}}}]},
    "a function URL's": changed("requestContext/apiId", "abcdefghijklmnopqrstuvwxyz012345"),
    "another API's": changed("requestContext/apiId", "0000000000"),
    "another stage's": changed("requestContext/stage", "test"),
}


@pytest.mark.parametrize("event", FOREIGN.values(), ids=FOREIGN.keys())
def test_an_event_that_is_not_ours_is_refused(event: object) -> None:
    with pytest.raises(NotOurEvent):
        API.check(event)


@pytest.mark.row("CB-14", "DP-03")
@pytest.mark.parametrize("host", [f"{API_ID}.execute-api.eu-central-1.amazonaws.com", "evil.example", "", None])
def test_another_name_than_the_canonical_one_is_refused(host: object) -> None:
    with pytest.raises(NotOurEvent) as refused:
        API.check(changed("requestContext/domainName", host))
    assert refused.value.reason == "domain"


BROKEN: list[tuple[str, object]] = [
    ("version", "1.0"),
    ("version", 2.0),
    ("requestContext", MISSING),
    ("requestContext", []),
    ("requestContext/http", MISSING),
    ("requestContext/http", "POST"),
    ("requestContext/http/method", "post"),
    ("requestContext/http/method", "GET\n"),
    ("requestContext/http/method", None),
    ("requestContext/http/sourceIp", None),
    ("rawPath", MISSING),
    ("rawPath", ""),
    ("rawPath", "mcp"),
    ("rawPath", "/\ud800"),
    ("rawQueryString", MISSING),
    ("rawQueryString", "a=\u00fc"),
    ("headers", MISSING),
    ("headers", []),
    ("headers", {"x": 1}),
    ("headers", {"x y": "z"}),
    ("headers", {"x": "a\r\nb: c"}),
    ("headers", {"x": "\udfff"}),
    ("headers", {"": "x"}),
    ("cookies", "a=b"),
    ("cookies", [1]),
    ("cookies", ["a=b\n"]),
    ("body", 7),
    ("body", "\ud800"),
    ("isBase64Encoded", MISSING),
    ("isBase64Encoded", "true"),
]


@pytest.mark.parametrize(("where", "value"), BROKEN)
def test_an_event_with_a_member_of_the_wrong_kind_is_refused(where: str, value: object) -> None:
    with pytest.raises(NotOurEvent):
        API.check(changed(where, value))


@pytest.mark.parametrize("body", ["e", "====", "e30=\n", "\u00fc"])
def test_a_body_that_is_not_base64_though_it_says_so_is_refused(body: str) -> None:
    event = changed("isBase64Encoded", value=True)
    event["body"] = body
    with pytest.raises(NotOurEvent):
        API.check(event)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["requestContext", "requestContext/http", "headers", "cookies", "body", "rawPath"]), JSON)
def test_any_event_is_let_through_or_refused(where: str, value: object) -> None:
    event = changed(where, value)
    try:
        API.check(event)
    except NotOurEvent as refused:
        assert refused.reason.isalpha()
