import pytest

from mailconnect.mcp.errors import ProtocolError
from mailconnect.mcp.headers import revision_of
from mailconnect.mcp.message import Notification, RpcRequest

VERSION = "io.modelcontextprotocol/protocolVersion"
OLD, NEW = "2025-06-18", "2026-07-28"


def request(method="tools/list", declared=None):
    return RpcRequest(1, method, {}, {} if declared is None else {VERSION: declared})


def header(version):
    return () if version is None else (("mcp-protocol-version", version),)


@pytest.mark.parametrize(
    ("named", "message", "revision"),
    [
        (None, request(), "2025-03-26"),
        ("2025-03-26", request(), "2025-03-26"),
        (OLD, request(), OLD),
        (NEW, request(), NEW),
        (NEW, request(declared=NEW), NEW),
        (None, request(declared=NEW), NEW),
        (OLD, request(declared=NEW), NEW),
        ("nonsense", request(declared=NEW), NEW),
        (NEW, request(declared="nonsense"), NEW),
        (NEW, request(declared=5), NEW),
        (OLD, request(declared=OLD), OLD),
        (None, request(declared=OLD), OLD),
        (NEW, request(declared=OLD), NEW),
        (None, request("initialize"), "2025-11-25"),
        (NEW, request("initialize"), "2025-11-25"),
        ("nonsense", request("initialize"), "2025-11-25"),
        (NEW, request("initialize", NEW), NEW),
        (None, Notification("notifications/initialized", {}), "2025-03-26"),
        (NEW, Notification("notifications/cancelled", {}), NEW),
        ("", request(), "2025-03-26"),
        ("2024-11-05", request(), "2024-11-05"),
    ],
)
def test_the_body_names_the_revision_and_else_the_header(named, message, revision):
    assert revision_of(header(named), message) == revision


@pytest.mark.row("MC-18")
@pytest.mark.parametrize("message", [request(), Notification("notifications/initialized", {})])
@pytest.mark.parametrize("named", ["2024-10-07", "2027-01-01", "2025-06-18,2025-06-18", "v999"])
def test_a_version_that_is_not_served_is_refused(named, message):
    with pytest.raises(ProtocolError) as refused:
        revision_of(header(named), message)
    assert refused.value.code == -32022
    assert refused.value.data == {"supported": [NEW, "2025-11-25", OLD, "2025-03-26", "2024-11-05"], "requested": named}
