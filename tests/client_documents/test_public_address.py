"""Addresses to which a request may go when an unauthenticated caller named its host: rows CI-02 and CI-03."""

import ipaddress

import pytest

from mailconnect.client_documents.public_address import is_public

SPECIAL = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 168.63.129.16
169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1 192.31.196.1
192.52.193.1 192.88.99.1 192.168.0.1 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 100::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 2001:db8::1 2001:10::1 2001:20::1 2001:2::1 3fff::1
2620:4f:8000::1 4000::1 5f00::1 8000::1
""".split()  # noqa: SIM905


def embedded(address: str) -> list[str]:
    """An IPv4 address in each of the forms that IPv6 has for one."""
    v4 = int(ipaddress.IPv4Address(address))
    forms = {
        "mapped": (0xFFFF << 32) | v4,
        "compatible": v4,
        "translated": (0xFFFF << 48) | v4,
        "NAT64": (0x64FF9B << 96) | v4,
        "local NAT64": (0x64FF9B0001 << 80) | v4,
        "6to4": (0x2002 << 112) | (v4 << 80),
        "Teredo": (0x20010000 << 96) | (v4 ^ 0xFFFFFFFF),
        "Teredo's server": (0x20010000 << 96) | (v4 << 64),
        "ISATAP": (0x2A00 << 112) | (0x00005EFE << 32) | v4,
        "ISATAP, unique": (0x2A00 << 112) | (0x02005EFE << 32) | v4,
    }
    return [str(ipaddress.IPv6Address(form)) for form in forms.values()]


@pytest.mark.row("CI-02")
@pytest.mark.parametrize("address", SPECIAL)
def test_an_address_of_a_special_purpose_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.row("CI-03")
@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "172.16.0.1"])
def test_no_form_of_ipv6_hides_an_ipv4_address(inside: str) -> None:
    for address in embedded(inside):
        assert not is_public(address), address


@pytest.mark.row("CI-03")
def test_an_embedded_public_address_is_reached_where_a_network_makes_the_form_itself() -> None:
    assert [address for address in embedded("93.184.216.34") if is_public(address)] == ["64:ff9b::5db8:d822"]


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "93.184.216.34",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450:4001:82a::200e",
        "2001:4860:4860::8888",
        "2400:cb00::1",
    ],
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "text", ["", "localhost", "1.1.1", "0x7f.1", "1.1.1.1 ", "2606:4700::1%eth0", "[::1]", "１.1.1.1"]
)
def test_a_text_that_is_no_address_is_not_public(text: str) -> None:
    assert not is_public(text)


def test_no_special_range_of_python_s_own_table_is_public() -> None:
    """Two tables from one source, IANA's, at every edge of every block of ours."""
    from mailconnect.client_documents import public_address  # noqa: PLC0415

    for block in (*public_address._NOT_PUBLIC_V4, *public_address._NOT_PUBLIC_V6):
        for address in (block[0], block[-1]):
            assert not is_public(str(address))
        for beside in (int(block[0]) - 1, int(block[-1]) + 1):
            if 0 <= beside < 2**block.max_prefixlen:
                address = type(block[0])(beside)
                assert address.is_global or not is_public(str(address)), address
