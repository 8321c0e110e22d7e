"""Rights of an API token beyond what is needed."""

from dataclasses import replace

import pytest

from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.session import Session
from mailconnect.mail.account import Account
from mailconnect.provider.any_jmap import any_jmap
from mailconnect.provider.api_token import surplus
from mailconnect.provider.fastmail import ScopeFamily, fastmail

FASTMAIL = fastmail(None, ScopeFamily.MAIL)
OTHER = any_jmap(session_url="https://mail.example.com/jmap", name="Example Mail")
ACCOUNT = Account("u1", "alice", is_personal=True, is_read_only=True, capabilities=frozenset({CORE, MAIL}))
READ_ONLY = Session("alice", ACCOUNT, (ACCOUNT,), frozenset({CORE, MAIL}), {}, "https://mail.example.com/api", "s")


def with_capabilities(*names: str, read_only: bool = True) -> Session:
    account = replace(ACCOUNT, is_read_only=read_only, capabilities=ACCOUNT.capabilities | set(names))
    return replace(READ_ONLY, account=account, accounts=(account,))


def test_a_token_that_may_only_read_mail_has_no_surplus() -> None:
    assert surplus(FASTMAIL, READ_ONLY) == ()


def test_one_that_may_change_mail_is_told_from_it() -> None:
    assert surplus(FASTMAIL, with_capabilities(read_only=False)) == ("change, move and delete mail",)


@pytest.mark.parametrize(
    ("capability", "words"),
    [
        ("urn:ietf:params:jmap:submission", "send mail"),
        ("urn:ietf:params:jmap:vacationresponse", "answer mail on its own"),
        ("urn:ietf:params:jmap:contacts", "reach your contacts"),
        ("https://www.fastmail.com/dev/maskedemail", "make and change masked addresses"),
    ],
)
def test_each_further_right_has_its_words(capability: str, words: str) -> None:
    assert surplus(FASTMAIL, with_capabilities(capability)) == (words,)
    assert surplus(FASTMAIL, replace(READ_ONLY, capabilities=READ_ONLY.capabilities | {capability})) == (words,)


@pytest.mark.parametrize(
    ("allowed", "left"),
    [
        ({"emails:read"}, ("change, move and delete mail", "send mail", "make and change masked addresses")),
        ({"emails:organize"}, ("send mail", "make and change masked addresses")),
        ({"drafts:write"}, ("make and change masked addresses",)),
        ({"emails:send", "masked:write"}, ()),
    ],
)
def test_a_right_that_the_owner_allows_is_no_surplus(allowed: set[str], left: tuple[str, ...]) -> None:
    names = ("urn:ietf:params:jmap:submission", "https://www.fastmail.com/dev/maskedemail")
    assert surplus(FASTMAIL, with_capabilities(*names, read_only=False), frozenset(allowed)) == left


def test_a_right_in_a_shared_account_counts_too() -> None:
    shared = replace(ACCOUNT, id="u2", capabilities=frozenset({"urn:ietf:params:jmap:submission"}))
    assert surplus(FASTMAIL, replace(READ_ONLY, accounts=(ACCOUNT, shared))) == ("send mail",)


def test_a_servers_own_names_never_get_onto_the_page() -> None:
    assert surplus(OTHER, with_capabilities("<script>", "https://www.fastmail.com/dev/maskedemail")) == ()
