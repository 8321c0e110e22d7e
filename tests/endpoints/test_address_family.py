"""As much of an address as is ever noted."""

import pytest
from starlette.requests import Request

from lib.endpoints.address_family import address_family
from lib.settings import from_environment

HERE = from_environment({})
PUBLIC = from_environment({"MAILCONNECT_ISSUER": "https://mail.example.com"})


def came_from(client: tuple[str, int] | None) -> Request:
    return Request({"type": "http", "client": client, "headers": [(b"x-forwarded-for", b"2001:db8::1")]})


@pytest.mark.parametrize(
    ("host", "family"),
    [
        ("192.0.2.1", "IPv4"),
        ("2001:db8::1", "IPv6"),
        ("::ffff:192.0.2.1", "IPv4"),
        ("fe80::1%eth0", "IPv6"),
        ("", None),
        ("testclient", None),
        ("/run/socket", None),
    ],
)
def test_the_family_is_that_of_the_connection(host: str, family: str | None) -> None:
    for settings in (HERE, PUBLIC):
        assert address_family(came_from((host, 1)), settings) == family


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_behind_a_web_server_on_the_same_machine_it_is_not_known(host: str) -> None:
    assert address_family(came_from((host, 1)), PUBLIC) is None
    assert address_family(came_from((host, 1)), HERE) is not None


def test_where_there_is_no_address_there_is_no_family() -> None:
    assert address_family(came_from(None), HERE) is None
