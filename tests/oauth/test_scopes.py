"""RFC 6749 §3.3, appendix A.4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.oauth.scopes import SCOPES, TOLD_BY, MalformedScope, _ToldBy, format_scope, parse_scope

_TOKENS = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"\\'), min_size=1, max_size=9
)


def test_scope_tokens_are_separated_by_spaces() -> None:
    for text in ("session:read mailboxes:read", " session:read  mailboxes:read", "mailboxes:read session:read "):
        assert parse_scope(text) == {"session:read", "mailboxes:read"}


@pytest.mark.row("AZ-13")
@pytest.mark.parametrize(
    "text", ["", " ", "   ", "a\tb", "a\nb", "a\x00", 'a"b', "a\\b", "é", "a\x7f", "a\n", "a" * 4096]
)
def test_a_malformed_scope_is_refused(text: str) -> None:
    with pytest.raises(MalformedScope):
        parse_scope(text)


def test_a_scope_has_at_most_1000_characters() -> None:
    assert parse_scope("a" * 1000) == {"a" * 1000}
    with pytest.raises(MalformedScope):
        parse_scope("a" * 1001)


@given(st.frozensets(_TOKENS, min_size=1, max_size=9))
def test_a_scope_is_read_as_it_was_written(names: frozenset[str]) -> None:
    assert parse_scope(format_scope(names)) == names


def test_the_same_scope_is_always_written_alike() -> None:
    assert format_scope(frozenset({"session:read", "mailboxes:read", "emails:read"})) == (
        "emails:read mailboxes:read session:read"
    )


@pytest.mark.parametrize("name", SCOPES)
def test_a_scope_is_a_scope_token_and_says_what_it_is_for(name: str) -> None:
    scope = SCOPES[name]
    assert parse_scope(name) == {scope.name}
    assert scope.title
    assert scope.detail.endswith(".")


def test_nobody_was_told_of_what_came_after_their_notice() -> None:
    newest = max(scope.notice_version for scope in SCOPES.values())
    assert TOLD_BY[newest] == frozenset(SCOPES)
    assert TOLD_BY["2000-01-01"] == frozenset()


def test_a_notice_between_two_that_brought_scopes_told_of_the_older_ones() -> None:
    versions = sorted({scope.notice_version for scope in SCOPES.values()})
    for version in versions:
        told = {name for name, scope in SCOPES.items() if scope.notice_version <= version}
        assert TOLD_BY[version] == TOLD_BY[f"{version}a"] == _ToldBy()[version] == told
