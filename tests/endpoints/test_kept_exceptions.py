"""No exception outlives its request: the frames in its traceback hold the presented secrets (LG-09)."""

import ast
import gc
import importlib
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from tests.endpoints.wire import VERIFIER, Wire

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.relative_to(ROOT / "lib") for path in (ROOT / "lib").rglob("*.py"))
REQUESTS = 1000
SECRET = "kept-secret-of-a-refused-request"


def raised_constants(source: str) -> list[str]:
    """Names of the module's own values that are raised as they are, from a dictionary too."""
    module = ast.parse(source)
    assigned = {
        target.id
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    raised = [node.exc for node in ast.walk(module) if isinstance(node, ast.Raise) and node.exc is not None]
    return sorted({name for exc in raised for name in _values(exc) if name in assigned})


def _values(exc: ast.expr) -> Iterator[str]:
    """Expressions that may be raised: a name, a subscript, and the result of `.get`."""
    if isinstance(exc, ast.Name):
        yield exc.id
    elif isinstance(exc, ast.Subscript):
        yield from _values(exc.value)
    elif isinstance(exc, ast.Call) and isinstance(exc.func, ast.Attribute) and exc.func.attr == "get":
        yield from _values(exc.func.value)
        for argument in exc.args:
            yield from _values(argument)


def kept_exceptions(value: object, depth: int = 4) -> list[BaseException]:
    if isinstance(value, BaseException):
        return [value]
    if depth == 0 or isinstance(value, type | types.ModuleType | str | bytes):
        return []
    if isinstance(value, dict):
        inside: Any = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        inside = value
    else:
        inside = list(vars(value).values()) if hasattr(value, "__dict__") else []
    return [found for item in inside for found in kept_exceptions(item, depth - 1)]


@pytest.mark.parametrize(
    "source",
    [
        "_REFUSED = ValueError('no')\ndef f():\n    raise _REFUSED",
        "_REFUSED: ValueError = ValueError('no')\ndef f():\n    raise _REFUSED from None",
        "_ALL = {1: ValueError('no')}\ndef f(x):\n    raise _ALL[x]",
        "_ALL, = [{}]\n_NO = ValueError()\ndef f(x):\n    raise {}.get(x, _NO)",
    ],
)
def test_a_raised_constant_is_found_where_there_is_one(source: str) -> None:
    assert raised_constants(source)


@pytest.mark.row("LG-09")
def test_every_raise_makes_its_own_exception() -> None:
    sources = [*(ROOT / "lib" / module for module in MODULES), *(ROOT / "handlers").rglob("*.py")]
    found = {str(path): raised_constants(path.read_text("utf-8")) for path in sources}
    assert {module: names for module, names in found.items() if names} == {}


@pytest.mark.row("LG-09")
def test_no_module_keeps_an_exception() -> None:
    for path in MODULES:
        if path.name == "__main__.py":
            continue
        dotted = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        module = importlib.import_module(dotted)
        own = {name: value for name, value in vars(module).items() if not name.startswith("__")}
        assert kept_exceptions(own) == [], dotted


async def _refusals(wire: Wire) -> list[tuple[str, str, dict[str, Any]]]:
    """A request for each way in which an endpoint refuses, with a secret where it has room for one."""
    client = await wire.register(token_endpoint_auth_method="client_secret_post")
    mine = {"client_id": client.id, "client_secret": client.secret}
    refresh = {"grant_type": "refresh_token", "refresh_token": f"mcr_{SECRET}"}
    code = {"grant_type": "authorization_code", "code": f"mcc_{SECRET}", "code_verifier": VERIFIER}
    bearer = {"Authorization": f"Bearer {SECRET}"}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    return [
        ("POST", "/token", {"data": refresh | mine}),
        ("POST", "/token", {"data": code | mine}),
        ("POST", "/token", {"data": code | mine | {"code_verifier": SECRET}}),
        ("POST", "/token", {"data": refresh | mine | {"client_secret": SECRET}}),
        ("POST", "/token", {"data": refresh | mine | {"grant_type": SECRET}}),
        ("POST", "/token", {"content": SECRET}),
        ("POST", "/revoke", {"data": {"token": SECRET, "client_id": SECRET}}),
        ("POST", "/register", {"json": {"redirect_uris": [f"javascript:{SECRET}"]}}),
        ("POST", "/register", {"content": SECRET}),
        ("GET", f"/authorize?client_id={SECRET}", {}),
        ("POST", "/authorize", {"data": {"decision": SECRET}}),
        ("GET", f"/auth/callback?state={SECRET}&code={SECRET}", {}),
        ("POST", "/mcp", {"json": call, "headers": bearer}),
        ("POST", "/mcp", {"json": call}),
        ("POST", "/account/sign-in", {"data": {"api_token": SECRET}}),
        ("GET", "/account", {"headers": {"Cookie": f"mailconnect_account={SECRET}"}}),
        ("PUT", f"/register/{client.id}", {"headers": bearer, "json": {}}),
        ("GET", f"/approve?link={SECRET}", {}),
        ("GET", f"/approve?link={(SECRET.replace('-', '') * 3)[:87]}", {}),
        ("POST", "/approve", {"data": {"link": SECRET, "form": SECRET}}),
        ("POST", "/account/browsers", {"data": {"browser": SECRET}}),
        ("POST", "/account/export", {"data": {"form": SECRET}}),
        ("GET", f"/{SECRET}", {}),
    ]


@pytest.mark.row("LG-09")
@pytest.mark.anyio
async def test_refusals_leave_nothing_in_memory(wire: Wire) -> None:
    kinds = await _refusals(wire)
    for method, path, options in kinds:
        refused = await wire(method, path, **options)
        assert refused.status_code >= 300, (method, path)
    del refused
    rounds = REQUESTS // len(kinds)
    counts = []
    for _ in range(2):
        for _ in range(rounds):
            for method, path, options in kinds:
                await wire(method, path, **options)
        await anyio.lowlevel.checkpoint()  # the loop lets go of timers that were cancelled
        gc.collect()
        counts.append(len(gc.get_objects()))
    assert counts[1] - counts[0] < rounds, "less than one object for each round of refusals"


@pytest.mark.row("LG-09")
@pytest.mark.anyio
async def test_no_secret_that_was_refused_is_still_reachable(wire: Wire) -> None:
    kinds = await _refusals(wire)
    for index, (method, path, options) in enumerate(kinds):
        await wire(method, path, **_renamed(options, f"trace-{index}"))
    del kinds, method, path, options
    gc.collect()
    frames = [item for item in gc.get_objects() if isinstance(item, types.TracebackType)]
    held = [frame for frame in frames if "trace-" in repr(frame.tb_frame.f_locals)]
    assert held == []


def _renamed(options: dict[str, Any], mark: str) -> dict[str, Any]:
    """The same request with a secret of its own."""
    if isinstance(options, dict):
        return {name: _renamed(value, mark) for name, value in options.items()}
    return options.replace(SECRET, f"{SECRET}-{mark}") if isinstance(options, str) else options
