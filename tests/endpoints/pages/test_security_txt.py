"""The address for reports of a weakness (RFC 9116)."""

import re
from datetime import date, datetime, timedelta

import pytest

from mailconnect.endpoints.pages.security_txt import due_for_renewal, expires, security_txt
from mailconnect.local.freshness import main
from mailconnect.settings import from_environment
from mailconnect.version import RELEASED
from tests.bridge import Bridge
from tests.endpoints.wire import Wire

pytestmark = pytest.mark.anyio


def fields(text: str) -> dict[str, str]:
    pairs = [line.partition(": ")[::2] for line in text.splitlines()]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


@pytest.mark.row("MD-10")
async def test_security_txt_is_where_it_is_looked_for_and_has_its_fields(bridge: Bridge) -> None:
    answer = await Wire(bridge)("GET", "/.well-known/security.txt")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    its = fields(answer.text)
    issuer = bridge.adapters.stores.settings.issuer
    assert its["Canonical"] == f"{issuer}/.well-known/security.txt"
    assert its["Contact"] == its["Policy"] == f"{issuer}/security"
    assert (await Wire(bridge)("GET", "/security")).status_code == 200
    until = datetime.fromisoformat(its["Expires"])
    assert until.date() == expires(RELEASED)
    assert timedelta(0) < until.date() - RELEASED < timedelta(days=365)


@pytest.mark.row("MD-10")
@pytest.mark.parametrize(
    ("contact", "uri"),
    [
        ("security@example.com", "mailto:security@example.com"),
        ("https://example.com/report", "https://example.com/report"),
        ("mailto:a@example.com", "mailto:a@example.com"),
        ("the office, room 3", "https://mail.example.com/security"),
        ("https://example.com/a b", "https://mail.example.com/security"),
        ("", "https://mail.example.com/security"),
    ],
)
def test_the_contact_is_a_uri(contact: str, uri: str) -> None:
    settings = from_environment({"MAILCONNECT_ISSUER": "https://mail.example.com", "MAILCONNECT_CONTACT": contact})
    assert fields(security_txt(settings, RELEASED))["Contact"] == uri


@pytest.mark.row("MD-10")
def test_a_security_txt_that_expires_within_thirty_days_is_not_built(capsys: pytest.CaptureFixture[str]) -> None:
    released = date(2026, 1, 1)
    last = expires(released) - timedelta(days=30)
    assert not due_for_renewal(released, last)
    assert due_for_renewal(released, last + timedelta(days=1))
    assert main(RELEASED) == 0
    assert main(expires(RELEASED) - timedelta(days=29)) == 1
    assert re.search(r"expires on 20\d\d-\d\d-\d\d: release a new version", capsys.readouterr().err)
