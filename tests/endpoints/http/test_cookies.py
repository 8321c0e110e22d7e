"""Cookie headers, as browsers send them and as no browser does (RFC 6265 §4.2.1)."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from mailconnect.endpoints.http.cookies import Cookie

COOKIE = Cookie("consent", secure=True, lifetime=60)
NAME = "__Host-mailconnect-consent"
VALUE = bytes(range(32))
WRITTEN = base64.urlsafe_b64encode(VALUE).decode().rstrip("=")


def read(*headers: str | bytes) -> bytes | None:
    sent = [(b"cookie", header if isinstance(header, bytes) else header.encode("latin-1")) for header in headers]
    return COOKIE.read(Request({"type": "http", "headers": sent}))


@given(st.binary(min_size=32, max_size=32))
def test_a_cookie_is_read_as_it_was_set(value: bytes) -> None:
    response = Response()
    COOKIE.set(response, value)
    assert read(response.headers["set-cookie"].partition(";")[0]) == value


@pytest.mark.parametrize(("secure", "name"), [(True, NAME), (False, "mailconnect-consent")])
def test_it_is_for_this_host_alone_and_no_script_for_as_long_as_it_is_good(secure: bool, name: str) -> None:
    response = Response()
    cookie = Cookie("consent", secure=secure, lifetime=60)
    cookie.set(response, VALUE)
    cookie.forget(response)
    attributes = ["HttpOnly", "Path=/", "SameSite=lax", *(["Secure"] if secure else [])]
    set_, forgotten = response.headers.getlist("set-cookie")
    assert set_.split("; ") == [f"{name}={WRITTEN}", attributes[0], "Max-Age=60", *attributes[1:]]
    assert forgotten.split("; ") == [f'{name}=""', attributes[0], "Max-Age=0", *attributes[1:]]


@pytest.mark.parametrize(
    "headers",
    [
        [f"{NAME}={WRITTEN}"],
        [f"a=b; {NAME}={WRITTEN}; c=d"],
        ["a=b", f"{NAME}={WRITTEN}"],
        [f" {NAME}={WRITTEN} ;;"],
        [f'x="\\";{NAME}={WRITTEN}'],
    ],
)
def test_it_is_found_among_others(headers: list[str]) -> None:
    assert read(*headers) == VALUE


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [""],
        [NAME],
        [f"{NAME}="],
        [f"{NAME}={WRITTEN}; {NAME}={WRITTEN}"],
        [f"{NAME}={WRITTEN}", f"{NAME}={WRITTEN}"],
        [f"{NAME.lower()}={WRITTEN}"],
        [f"mailconnect-consent={WRITTEN}"],
        [f'{NAME}="{WRITTEN}"'],
        [f"{NAME}={WRITTEN}="],
        [f"{NAME}={WRITTEN[:-1]}"],
        [f"{NAME}={WRITTEN[:-1]}="],
        [f"{NAME}={WRITTEN[:-1]}\xe4"],
        [f"{NAME}={'=' * 43}"],
    ],
)
def test_anything_else_is_no_cookie_of_ours(headers: list[str]) -> None:
    assert read(*headers) is None


PARTS = st.sampled_from([NAME, "=", ";", " ", '"', "\\", ",", "\0", "\xff", WRITTEN, WRITTEN[:42], "a"])


@given(st.lists(st.lists(PARTS, max_size=12).map("".join) | st.text(st.characters(max_codepoint=255)), max_size=3))
def test_no_header_is_more_than_no_cookie(headers: list[str]) -> None:
    found = read(*headers)
    assert found is None or (len(found) == 32 and WRITTEN[:42] in "".join(headers))
