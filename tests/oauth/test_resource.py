"""RFC 8707 §2: one resource, and the spellings of its address that clients are known to use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.oauth.resource import names_resource

RESOURCE = "https://mail.example/mcp"
LOCAL = "http://127.0.0.1:8787/mcp"


@pytest.mark.parametrize(
    "presented",
    [
        RESOURCE,
        f"{RESOURCE}/",
        "HTTPS://Mail.Example/mcp",
        "https://mail.example:443/mcp",
        f"{RESOURCE}?",
        f"{RESOURCE}?utm_source=x&y=@:/",
        f"{RESOURCE}/?x=1",
    ],
)
def test_another_spelling_of_the_address_is_the_same_resource(presented: str) -> None:
    assert names_resource(presented, RESOURCE)


def test_a_port_of_its_own_is_part_of_the_address() -> None:
    assert names_resource(LOCAL, LOCAL)
    assert not names_resource("http://127.0.0.1/mcp", LOCAL)


@pytest.mark.row("AZ-14")
@pytest.mark.parametrize(
    "presented",
    [
        "",
        "mcp",
        "/mcp",
        "//mail.example/mcp",
        "https://mail.example",
        "https://mail.example/",
        "https://mail.example/MCP",
        "https://mail.example/mcp/other",
        "https://mail.example/mcp//",
        "https://mail.example//mcp",
        "https://mail.example/x/../mcp",
        "https://mail.example/%6dcp",
        "https://mail.example/mcp#",
        "https://mail.example/mcp#x",
        "https://mail.example/?x=/mcp",
        "https://mail.example?/mcp",
        "https://mail.example/mcp?x=1#y",
        "https://mail.example/mcp ",
        " https://mail.example/mcp",
        "https://mail.example/m\tcp",
        "http://mail.example/mcp",
        "https://mail.example:8443/mcp",
        "https://mail.example:0/mcp",
        "https://mail.example:99999/mcp",
        "https://mail.example:x/mcp",
        "https://mail.example.evil.example/mcp",
        "https://evil.example/mcp",
        "https://x@mail.example/mcp",
        "https://mail.example\\@evil.example/mcp",
        "https://mаil.example/mcp",
        "https://[mail.example/mcp",
        "javascript:alert(1)",
        "urn:mail.example:mcp",
    ],
)
def test_anything_else_is_not_our_resource(presented: str) -> None:
    assert not names_resource(presented, RESOURCE)


@given(
    st.text() | st.builds("https://{}/mcp".format, st.text()) | st.builds((RESOURCE + "{}").format, st.text("/?#:@"))
)
def test_no_text_does_more_than_not_name_it(presented: str) -> None:
    if names_resource(presented, RESOURCE):
        assert presented.lower().startswith("https://mail.example")
