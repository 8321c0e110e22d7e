"""Behind CloudFront (infra/front.yaml) limits count the viewer's address, and nobody can name another one."""

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.aws.front import Front
from tests.infra.front import front_of, fronted, passed_on
from tests.infra.gateway import payload

pytestmark = pytest.mark.aws

KEY = "k" * 32
FRONT = Front(sha256(KEY.encode()).hexdigest())
EDGE = "130.176.0.9"
FORGED = [("mailconnect-front", "guessed"), ("cloudfront-viewer-address", "192.0.2.66:1")]


def seen(headers: list[tuple[str, str]], front: Front = FRONT) -> str:
    event = front.seen_through(payload("POST", "/mcp", headers, source_ip=EDGE))
    return str(event["requestContext"]["http"]["sourceIp"])


def through(viewer: str, *sent: tuple[str, str]) -> list[tuple[str, str]]:
    return passed_on(front_of(FrontKey=KEY), viewer, [*sent])


@pytest.mark.parametrize(
    ("viewer", "address"),
    [
        ("198.51.100.10:46532", "198.51.100.10"),
        ("2001:db8:85a3::8a2e:370:7334:46532", "2001:db8:85a3::8a2e:370:7334"),
        ("[2001:db8::1]:443", "2001:db8::1"),
    ],
)
def test_the_viewers_address_counts_and_not_that_of_cloudfronts_edge(viewer: str, address: str) -> None:
    assert seen(through(viewer)) == address


def test_two_people_who_come_through_one_edge_are_counted_apart() -> None:
    assert seen(through("198.51.100.10:1")) != seen(through("198.51.100.11:1"))


def test_a_viewers_own_headers_of_those_names_are_overwritten() -> None:
    assert seen(through("198.51.100.10:46532", *FORGED)) == "198.51.100.10"


def test_a_caller_who_goes_round_cloudfront_without_the_key_counts_under_their_own_address() -> None:
    assert seen(FORGED) == EDGE
    assert seen(FORGED[1:]) == EDGE
    assert seen([("mailconnect-front", FRONT.key_hash), FORGED[1]]) == EDGE


def test_without_a_front_no_header_is_believed() -> None:
    assert seen([("mailconnect-front", ""), FORGED[1]], Front()) == EDGE
    assert seen(through("198.51.100.10:46532"), Front()) == EDGE


@given(st.text(alphabet="0123456789abcdef.:[]% "))
def test_an_address_that_is_none_leaves_the_gateways(viewer: str) -> None:
    event: dict[str, Any] = payload("GET", "/", source_ip=EDGE)
    event["headers"] |= {"mailconnect-front": KEY, "cloudfront-viewer-address": viewer}
    assert FRONT.seen_through(event)["requestContext"]["http"]["sourceIp"]
    assert event["requestContext"]["http"]["sourceIp"] == EDGE


def test_the_front_tells_the_functions_where_a_person_calls_from_and_nothing_else_that_it_knows() -> None:
    config = front_of().properties("Passed")["OriginRequestPolicyConfig"]
    assert config["HeadersConfig"]["Headers"] == ["CloudFront-Viewer-Address"]


@pytest.mark.parametrize("path", ["/mcp", "/mcp/"])
def test_every_address_of_the_endpoint_gets_its_challenge_back(path: str) -> None:
    answered = (401, [("mailconnect-challenge", "Bearer x")], b"")
    assert ("WWW-Authenticate", "Bearer x") in fronted("edge", "mail.example.com", path, answered)[1]
    assert [name for name, _ in fronted("policy", "mail.example.com", path, (401, [], b""))[1]] == ["WWW-Authenticate"]
    assert fronted("edge", "mail.example.com", "/token", answered) == answered
