"""The cookie with the names of what was just ended."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from mailconnect.endpoints.account.ended_names import EndedNames

NUMBER = "0" * 32


def cookie(names: EndedNames, *ended: str) -> str:
    response = Response()
    names.set(response, NUMBER, [*ended])
    return response.headers["set-cookie"]


def named(names: EndedNames, number: str, *headers: str) -> list[str]:
    sent = [(b"cookie", header.encode()) for header in headers]
    return names.of(Request({"type": "http", "headers": sent}), number)


@pytest.mark.parametrize(("secure", "name"), [(True, "__Host-mailconnect-ended"), (False, "mailconnect-ended")])
def test_no_script_and_no_other_host_reads_it_and_it_goes_after_five_minutes(secure: bool, name: str) -> None:
    pair, *attributes = cookie(EndedNames(secure), "Poke").split("; ")
    assert pair.partition("=")[0] == name
    assert attributes == ["HttpOnly", "Max-Age=300", "Path=/", "SameSite=lax", *(["Secure"] if secure else [])]


def test_the_names_are_shown_with_their_own_receipt_only() -> None:
    names = EndedNames(secure=True)
    pair = cookie(names, "Poke", "Ä“<b>").partition(";")[0]
    assert named(names, NUMBER, f"a=b; {pair}") == ["Poke", "Ä“<b>"]
    assert named(names, "1" * 32, pair) == []
    assert named(names, NUMBER, pair, pair) == []
    assert named(names, NUMBER) == []
    assert named(EndedNames(secure=False), NUMBER, pair) == []


def test_no_more_than_ten_names_of_sixty_characters_each() -> None:
    names = EndedNames(secure=True)
    pair = cookie(names, *("a" * 61 for _ in range(11))).partition(";")[0]
    assert named(names, NUMBER, pair) == ["a" * 60] * 10


@pytest.mark.parametrize("text", ["", "x", "e30", "WzFd", "bnVsbA", "W10", "W" * 3001, "\xe4"])
def test_a_cookie_that_is_no_list_of_names_names_nobody(text: str) -> None:
    assert named(EndedNames(secure=True), NUMBER, f"__Host-mailconnect-ended={text}") == []
