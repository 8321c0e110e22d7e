import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["mailconnect.mcp.dispatch", "mailconnect.mcp.mailconnect", "mailconnect.jmap.client"]
)
def test_pydantic_waits_for_the_first_call_and_the_protocol_imports_no_http_client(module):
    program = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert {"pydantic", "mcp", "mcp_types", "starlette", "aiohttp"}.isdisjoint(loaded)
    assert ("httpx" in loaded) == module.startswith("mailconnect.jmap")
