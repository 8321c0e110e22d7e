"""The family of an address, which is all that is ever noted of it."""

import pytest

from mailconnect.endpoints.http.request_log import address_family


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
    for public in (True, False):
        assert address_family((host, 1), public=public) == family


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_behind_a_web_server_on_the_same_machine_it_is_not_known(host: str) -> None:
    assert address_family((host, 1), public=True) is None
    assert address_family((host, 1), public=False) is not None


@pytest.mark.parametrize("client", [None, (), ("192.0.2.1",), (None, 1), "192.0.2.1"])
def test_where_there_is_no_address_there_is_no_family(client: object) -> None:
    assert address_family(client, public=False) is None
