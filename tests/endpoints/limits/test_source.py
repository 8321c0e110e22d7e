"""Windows of time, and the network that an address counts as."""

import ipaddress

import pytest

from mailconnect.endpoints.limits.limiter import Limit, counter_key
from mailconnect.endpoints.limits.source import (
    Network,
    around,
    bucket_of,
    is_shared,
    network_of,
    source_of,
)
from mailconnect.settings import from_environment


@pytest.mark.row("DP-13")
@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("198.18.0.1", "198.18.0.1/32"),
        ("::ffff:198.18.0.1", "198.18.0.1/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
    ],
)
def test_an_address_stands_for_itself_and_one_of_ipv6_for_its_64(address: str, source: str) -> None:
    assert str(source_of(address)) == source


def test_around_a_64_is_a_48_and_around_an_address_of_ipv4_nothing() -> None:
    for address, wider in (("2001:db8:1:2::1", "2001:db8:1::/48"), ("198.18.0.1", "None")):
        source = source_of(address)
        assert source
        assert str(around(source)) == wider


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "testclient", "", "a.b.c.d"])
def test_this_machine_is_no_unknown_caller(address: str) -> None:
    assert source_of(address) is None


def test_the_networks_that_many_share_are_the_operators_to_name() -> None:
    by_default = from_environment({}).shared_networks
    given = from_environment({"MAILCONNECT_SHARED_NETWORKS": "198.18.0.0/15, 2001:db8::/32"}).shared_networks
    for address, claude, ours in (
        ("160.79.104.1", True, False),
        ("160.79.112.1", False, False),
        ("198.19.0.1", False, True),
        ("2001:db8::1", False, True),
    ):
        source = source_of(address)
        assert source
        assert (is_shared(source, by_default), is_shared(source, given)) == (claude, ours), address


def network(address: str) -> Network:
    source = source_of(address)
    assert source
    return source


def test_an_address_is_stored_as_a_number_that_many_share_and_as_another_one_under_each_key() -> None:
    addresses = [network(f"198.18.{high}.{low}") for high in range(16) for low in range(256)]
    numbers = [[bucket_of(address, key).number for address in addresses] for key in (b"one", b"other")]
    assert {len(number) for number in numbers[0]} == {5}
    assert 2**32 // 16**5 == 4096
    assert len(set(numbers[0])) > 4080  # by chance alone, hardly any of four thousand meet
    assert sum(first == second for first, second in zip(*numbers, strict=True)) < 4


@pytest.mark.row("FL-10")
def test_all_limits_and_windows_of_an_hour_count_an_address_under_one_number() -> None:
    bucket = bucket_of(network("198.18.0.1"), b"key")
    limits = [Limit("registrations", 20, 3600), Limit("decisions", 60, 3600), Limit("fetches", 10, 60)]
    keys = [counter_key(limit.name, limit.start(now), bucket) for limit in limits for now in (7200, 7300)]
    assert {key.rpartition(":")[2] for key in keys} == {bucket.number}
    assert len(set(keys)) == 4


@pytest.mark.row("FL-10")
def test_a_64_is_counted_as_a_part_of_the_48_around_it() -> None:
    whole = bucket_of(ipaddress.ip_network("2001:db8:1::/48"), b"key").number
    parts = {bucket_of(network(f"2001:db8:1:{number:x}::1"), b"key").number for number in range(1000)}
    assert len(whole) == 5
    assert all(part.startswith(whole) for part in parts)
    assert 200 < len(parts) <= 256


@pytest.mark.row("TK-28")
@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "4 198.51.0.0/16"),
        ("::ffff:198.51.100.7", "4 198.51.0.0/16"),
        ("2001:db8:1:2::3", "6 2001:db8::/32"),
        ("160.79.104.1", "4 shared"),
        ("160.79.111.254", "4 shared"),
        ("127.0.0.1", "4 this machine"),
        ("::1", "6 this machine"),
        ("testclient", None),
        ("", None),
    ],
)
def test_a_network_is_wide_and_those_of_a_company_are_one(address: str, network: str | None) -> None:
    assert network_of(address, (ipaddress.ip_network("160.79.104.0/21"),)) == network
