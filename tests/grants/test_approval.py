"""Approval links: these bytes are in links and in stores, so every release makes the same."""

from dataclasses import replace

from mailconnect.approvals.marks import _mark, from_text
from mailconnect.grants.approval import _key, _place, approval_id, link_to
from mailconnect.grants.trusted_browser import browser_id
from tests.grants.scenario import active
from tests.store.owned_contract import APPROVAL

GRANT = replace(active().grant, id="0" * 22, family_key=b"f" * 32)
LINK = link_to(GRANT, "draft-1", b"s" * 16, b"k" * 32)


def test_a_link_is_these_characters_in_every_release() -> None:
    assert LINK.text == (
        "0000000000000000000000" + "0PUJqZOkxtdXxSYJxpeyS0" + "VYkwChHd1D3j2ag2e5Z859lwjbBkrsHkzCJFso0iusp"
    )
    assert approval_id(GRANT, "draft-1") == "approval:0d82057093ffa04e5c21e08851280808"


def test_the_key_of_a_link_is_these_bytes_in_every_release() -> None:
    assert _key(LINK, GRANT).hex() == "cbf5b4f3082d59907d24d0fe615d44252e03e465e9044c807b97717092761848"
    retired = _key(LINK, replace(GRANT, family_key=None))
    assert retired.hex() == "a9349b798cbd46e42bc9240c17495b3cfb4813cf6c30cddd686c65d73e414fbb"


def test_a_wrap_belongs_to_this_place_in_every_release() -> None:
    assert _place(GRANT, APPROVAL)[:3] == ("data key", "approval", GRANT.id)


def test_the_mark_of_a_line_is_these_bytes_in_every_release() -> None:
    assert _mark("to ola\ud800").hex() == "ccf9c401"


def test_marks_that_are_not_base64_are_no_marks() -> None:
    assert from_text("AAAA!AAA") == b""


def test_a_trusted_browser_is_this_id_in_every_release() -> None:
    assert browser_id(b"secret") == "browser:c0f2bcae61be184a8c9b8ec805765207661cb9781a7417783a827aba81eb9f10"
