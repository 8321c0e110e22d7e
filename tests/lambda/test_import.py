"""Importing a function makes no secret and no state: one snapshot is started many times (SnapStart)."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.process

PROJECT = Path(__file__).parents[2]
VARIABLES = {
    "MAILCONNECT_ISSUER": "https://mail.example.com",
    "MAILCONNECT_PROVIDER": "fastmail",
    "API_ID": "a1b2c3d4e5",
    "CLIENTS_TABLE": "clients",
    "GRANTS_TABLE": "grants",
    "LEDGER_TABLE": "ledger",
    "SWITCHES_TABLE": "switches",
    "APPROVALS_TABLE": "approvals",
    "AUDIT_TABLE": "audit",
    "SEALING_KEY": "arn:aws:kms:eu-central-1:123456789012:key/1",
    "OWNER_KEY": "arn:aws:kms:eu-central-1:123456789012:key/2",
    "ATTACHMENTS_FUNCTION": "mailconnect-attachments",
    "SWEEP_FUNCTION": "mailconnect-sweep",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "CREDENTIALS-OF-INIT",
    "AWS_SECRET_ACCESS_KEY": "CREDENTIALS-OF-INIT",
}
WATCHED = """
import gc, json, os, sys, types
seen = {"connected": [], "random": [], "hooks": []}

def note(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen"):
        seen["connected"].append(event)

def urandom(size, real=os.urandom):
    seen["random"].append(size)
    return real(size)

os.urandom = urandom
sys.addaudithook(note)
runtimes = types.ModuleType("snapshot_restore_py")  # as Lambda brings it
runtimes.register_after_restore = lambda hook: seen["hooks"].append(hook.__qualname__)
sys.modules["snapshot_restore_py"] = runtimes
sys.modules["rich"] = None  # httpx takes it where it is; the layer does not have it
import random
state = random.getstate()
__import__("handlers." + sys.argv[1])
seen["drawn"] = random.getstate() != state
from botocore.client import BaseClient
from botocore.credentials import Credentials
seen["clients"] = sum(isinstance(one, (BaseClient, Credentials)) for one in gc.get_objects())
seen["modules"] = sorted(sys.modules)
seen["collects"] = gc.isenabled()
print(json.dumps(seen))
"""


def imported(entry: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WATCHED, entry],
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin"} | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@cache  # each is a process that imports a whole function
def seen(entry: str, how: str = "on-demand") -> dict[str, Any]:
    told = imported(entry, VARIABLES | {"AWS_LAMBDA_INITIALIZATION_TYPE": how})
    assert told.returncode == 0, told.stderr
    found: dict[str, Any] = json.loads(told.stdout)
    return found


@pytest.mark.parametrize(
    ("entry", "how"),
    [
        *((entry, "on-demand") for entry in ("oauth", "web", "mcp", "operator", "sweep")),
        *((entry, "snap-start") for entry in ("oauth", "web", "mcp")),
    ],
)
def test_nothing_is_connected_random_or_secret_at_import(entry: str, how: str) -> None:
    found = seen(entry, how)
    assert found["connected"] == []
    assert found["random"] == []
    assert found["drawn"] is False
    assert found["clients"] == 0
    assert found["hooks"] == ["Random.seed"]  # what Python seeded at import, all copies of the snapshot have


@pytest.mark.parametrize("entry", ["oauth", "web", "mcp", "operator", "sweep"])
def test_cycles_are_collected_once_a_function_is_imported(entry: str) -> None:
    assert seen(entry)["collects"] is True


NOBODYS = {"boto3", "mailconnect.sandbox", "sqlite3", "uvicorn", "joserfc", "unittest", "multiprocessing"}
FOR_PAGES = {
    "jinja2",
    "mailconnect.endpoints.pages.rendering",
    "mailconnect.endpoints.pages.consent",
    "mailconnect.endpoints.connect.sign_in",
}
TO_THE_PROVIDER = {
    "httpx",
    "httpcore",
    "mailconnect.jmap.client",
    "mailconnect.provider.oauth_client",
    "mailconnect.provider.refresh",
}
BEHIND_THE_GATEWAY = {"starlette", "mangum", "mailconnect.endpoints.http.edge", "handlers.aws.http"}
FOR_TOOLS = {"mailconnect.mcp.dispatch", "mailconnect.endpoints.mcp.endpoint"}
FOR_MAILBOXES = {"mailconnect.provider.connection"}
"""`web` reaches one when an approval link is opened."""
FOR_ARGUMENTS = {"mailconnect.mcp.arguments.list_mailboxes"}
FOR_SENDING = {"mailconnect.sending.sending", "mailconnect.approvals.approvals"}
FOR_TOKENS = {
    "mailconnect.endpoints.oauth.token",
    "mailconnect.endpoints.oauth.register",
    "mailconnect.grants.tokens.rotation",
}
NOT_FOR = {
    "oauth": FOR_ARGUMENTS
    | FOR_PAGES
    | TO_THE_PROVIDER
    | FOR_TOOLS
    | FOR_MAILBOXES
    | {"mailconnect.keys.kms", "mailconnect.sweep.sweep"},
    "web": FOR_ARGUMENTS | FOR_TOOLS | FOR_TOKENS,
    "mcp": FOR_ARGUMENTS | FOR_PAGES | FOR_SENDING | FOR_TOKENS | {"mailconnect.keys.kms", "mailconnect.sweep.sweep"},
    "operator": FOR_ARGUMENTS
    | FOR_PAGES
    | TO_THE_PROVIDER
    | FOR_TOOLS
    | FOR_MAILBOXES
    | FOR_TOKENS
    | BEHIND_THE_GATEWAY,
    "sweep": FOR_ARGUMENTS | FOR_PAGES | FOR_TOOLS | FOR_MAILBOXES | FOR_TOKENS | BEHIND_THE_GATEWAY,
}


@pytest.mark.parametrize("entry", NOT_FOR)
def test_a_function_imports_only_what_it_uses(entry: str) -> None:
    assert sorted((NOT_FOR[entry] | NOBODYS) & {*seen(entry)["modules"]}) == []


def test_a_snapshot_takes_along_what_a_first_call_would_import() -> None:
    late = FOR_ARGUMENTS | FOR_SENDING | {"mailconnect.jmap.email.search", "html_to_markdown"}
    assert sorted(late - {*seen("mcp", "snap-start")["modules"]}) == []
    assert sorted(late & {*seen("mcp")["modules"]}) == []


@pytest.mark.parametrize("missing", ["API_ID", "GRANTS_TABLE"])
def test_a_function_that_was_not_told_all_it_needs_does_not_start(missing: str) -> None:
    told = imported("mcp", {name: value for name, value in VARIABLES.items() if name != missing})
    assert told.returncode != 0
    assert f"{missing} is not set" in told.stderr
