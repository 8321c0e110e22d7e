"""Fastmail, as a provider that is described by data."""

from pathlib import Path

import pytest

from mailconnect.jmap.capabilities import MASKED_EMAIL
from mailconnect.mail.errors import UntrustedAddress
from mailconnect.oauth.scopes import SCOPES
from mailconnect.provider.fastmail import ScopeFamily, fastmail

HOSTS = fastmail(None, ScopeFamily.MAIL).allowed_hosts


def test_the_two_families_of_scopes_do_not_mix() -> None:
    mail, jmap = (set(fastmail("c", family).scopes) for family in ScopeFamily)
    assert mail == {"urn:ietf:params:oauth:scope:mail", "offline_access"}
    assert jmap == {"urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"}


def test_submission_is_asked_for_exactly_where_drafting_or_sending_was_allowed() -> None:
    submission = "urn:ietf:params:jmap:submission"
    provider = fastmail("c", ScopeFamily.JMAP)
    for scope in SCOPES:
        asked = provider.scopes_for(frozenset({"session:read", scope}))
        assert (submission in asked) == (scope in {"drafts:write", "emails:send"}), scope
        assert asked[:2] == provider.scopes
    both = provider.scopes_for(frozenset({"drafts:write", "emails:send"}))
    assert [*both].count(submission) == 1
    mail = fastmail("c", ScopeFamily.MAIL)
    assert mail.scopes_for(frozenset(SCOPES) - {"contacts:read"}) == mail.scopes


@pytest.mark.parametrize(
    ("family", "word"),
    [
        (ScopeFamily.MAIL, "urn:ietf:params:oauth:scope:contacts"),
        (ScopeFamily.JMAP, "urn:ietf:params:jmap:contacts"),
    ],
)
def test_the_address_book_is_asked_for_exactly_where_its_owner_allows_it(family: ScopeFamily, word: str) -> None:
    provider = fastmail("c", family)
    looking = {"session:read", "mailboxes:read", "emails:metadata", "emails:read"}
    assert provider.scopes_for(looking) == provider.scopes
    assert provider.scopes_for(looking | {"contacts:read"}) == (*provider.scopes, word)
    assert word in provider.every_scope
    assert provider.not_asked_for({"contacts:read", "emails:read"}, looking) == {"contacts:read"}
    assert not provider.not_asked_for({"contacts:read"}, {"contacts:read"})


@pytest.mark.parametrize(
    "url",
    [
        "https://api.fastmail.com/jmap/session",
        "https://phl.api.fastmail.com/jmap/api/",
        "https://phl-www.fastmailusercontent.com/jmap/download/",
    ],
)
def test_a_token_may_go_to_fastmails_shards(url: str) -> None:
    assert HOSTS.check(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://www.fastmail.com/",
        "https://fastmail.com/",
        "https://evil-fastmail.com/",
        "https://api.fastmail.com.evil.example/",
        "https://a.b.api.fastmail.com/",
        "http://api.fastmail.com/",
        "https://localhost/",
    ],
)
def test_a_token_goes_nowhere_else(url: str) -> None:
    with pytest.raises(UntrustedAddress):
        HOSTS.check(url)


def test_no_endpoint_stands_here_but_the_session() -> None:
    provider = fastmail("c", ScopeFamily.JMAP)
    assert provider.session_url == "https://api.fastmail.com/jmap/session"
    assert "oauth/" not in Path("lib/mailconnect/provider/fastmail.py").read_text("utf-8").replace("oauth:", "")


def test_no_other_file_of_the_program_knows_fastmails_addresses() -> None:
    for room in ("grants", "oauth", "mcp", "jmap", "store", "keys", "upstream"):
        for path in Path("lib/mailconnect", room).rglob("*.py"):
            text = path.read_text("utf-8").replace(MASKED_EMAIL, "")  # the name of a capability, which is no address
            assert path.name == "fastmail.py" or "fastmail.com" not in text, path


def test_without_a_client_id_there_is_none() -> None:
    assert fastmail(None, ScopeFamily.MAIL).client_id is None
