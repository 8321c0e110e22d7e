import pytest

from mailconnect.sandbox.oauth.errors import InvalidScope
from mailconnect.sandbox.oauth.scopes import (
    CORE,
    LEGACY,
    MAIL,
    MCP,
    NEW,
    NEW_CONTACTS,
    NEW_MAIL,
    OFFLINE,
    SUBMISSION,
    capabilities_of,
    earns_refresh_token,
    requested_scopes,
)


def test_requested_scopes_must_be_among_the_registered_ones():
    assert requested_scopes(f"{NEW_MAIL} {OFFLINE}", NEW) == {NEW_MAIL, OFFLINE}
    with pytest.raises(InvalidScope):
        requested_scopes(f"{NEW_MAIL} {OFFLINE}", frozenset({NEW_MAIL}))


@pytest.mark.parametrize("requested", [None, "", " "])
def test_a_scope_is_required(requested):
    with pytest.raises(InvalidScope):
        requested_scopes(requested, NEW)


def test_the_older_family_needs_core():
    assert requested_scopes(f"{CORE} {MAIL}", LEGACY) == {CORE, MAIL}
    with pytest.raises(InvalidScope):
        requested_scopes(MAIL, LEGACY)


def test_the_newer_family_earns_a_refresh_token_by_offline_access_alone():
    assert not earns_refresh_token(frozenset({NEW_MAIL}))
    assert earns_refresh_token(frozenset({NEW_MAIL, OFFLINE}))
    assert earns_refresh_token(frozenset({CORE, MAIL}))


def test_full_mail_access_includes_sending():
    assert {CORE, MAIL, SUBMISSION} <= capabilities_of(frozenset({NEW_MAIL}))
    assert MAIL not in capabilities_of(frozenset({NEW_CONTACTS}))
    assert capabilities_of(frozenset({MCP, OFFLINE})) == frozenset()
    assert capabilities_of(frozenset({CORE, MAIL})) == {CORE, MAIL}
