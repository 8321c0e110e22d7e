"""Modules keep nothing of one request for the next: a Lambda function serves many people from one process."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# The sandbox keeps the mail that it made up; no function knows it (pyproject.toml's contracts).
SANDBOX = ROOT / "lib" / "mailconnect" / "sandbox"
MODULES = sorted(
    str(path.relative_to(ROOT))
    for room in ("lib", "handlers")
    for path in (ROOT / room).rglob("*.py")
    if not path.is_relative_to(SANDBOX)
)
CHANGING = {"append", "add", "update", "setdefault", "pop", "popitem", "extend", "insert", "remove", "clear", "discard"}


def changed_names(tree: ast.AST) -> Iterator[str]:
    """What is called to change itself, or assigned to by key or attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
            yield from _name(node.func.value)
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            yield from _name(node.value)


def _name(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id


def assigned_names(module: ast.Module) -> set[str]:
    targets = [target for node in module.body if isinstance(node, ast.Assign) for target in node.targets]
    targets += [node.target for node in module.body if isinstance(node, ast.AnnAssign)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def kept_between_calls(source: str) -> list[str]:
    module = ast.parse(source)
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    kept = sorted({name for function in functions for name in changed_names(function)} & assigned_names(module))
    kept += [name for node in ast.walk(module) if isinstance(node, ast.Global) for name in node.names]
    cached = [f for f in functions if any(map(_keeps, f.decorator_list))]
    # What a cached function of no arguments gives was known before anybody asked.
    kept += [f.name for f in cached if ast.unparse(f.args)]
    return kept


def _keeps(decorator: ast.expr) -> bool:
    name = ast.unparse(decorator)
    return "cache" in name and not name.endswith("cached_property")


@pytest.mark.parametrize(
    "source",
    [
        "seen = {}\ndef see(who): seen[who] = 1",
        "seen: list[str] = []\nasync def see(who): seen.append(who)",
        "last = ''\ndef see(who):\n    global last\n    last = who",
        "@functools.lru_cache\ndef see(who): return who",
        "class Seen:\n    def see(self, who): names.add(who)\nnames = set()",
    ],
)
def test_state_is_found_where_there_is_any(source: str) -> None:
    assert kept_between_calls(source)


def test_a_value_that_an_object_keeps_goes_with_it() -> None:
    assert not kept_between_calls("class Call:\n    @cached_property\n    def who(self): return self.asked")


@pytest.mark.row("DP-09")
def test_no_module_keeps_anything_of_a_request() -> None:
    assert len(MODULES) > 200
    for module in MODULES:
        assert kept_between_calls((ROOT / module).read_text("utf-8")) == [], module
