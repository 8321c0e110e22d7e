"""The tests that pytest collects, of every lane, read from the source by pytest's own rules.

Lanes have environments of their own, so none of them could import all; names of files, classes and functions decide.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent

_TABLES = "".join((TESTS.parent / "docs" / f"{name}.md").read_text("utf-8") for name in ("attacks", "faults"))
_KINDS = "|".join({kind.lower() for kind in re.findall(r"^\| ([A-Z]{1,2})-\d\d \|", _TABLES, re.MULTILINE)})
_BY_NAME = re.compile(rf"test_((?:(?:and_)?(?:(?:{_KINDS})_\d\d|i\d)_)+)")


@dataclass(frozen=True, slots=True)
class Test:
    """`file` is below tests/. `rows` are those of its markers, as in `@pytest.mark.row("F-19")`."""

    __test__ = False

    file: str
    name: str
    rows: frozenset[str]

    @property
    def place(self) -> str:
        return f"{self.file}::{self.name}"


@cache  # to parse all tests takes seconds
def collected_tests() -> frozenset[Test]:
    """Each in every file that collects it: "aws/test_stores.py" has those of every contract."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in TESTS.rglob("*.py") if ".cache" not in path.parts}
    classes = {node.name: node for tree in trees.values() for node in tree.body if isinstance(node, ast.ClassDef)}
    found = set()
    for path, tree in trees.items():
        if not path.name.startswith("test_"):
            continue
        holders: list[ast.Module | ast.ClassDef] = [tree, *(trees[whole] for whole in _imported_whole(tree))]
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
                holders += _family(node, classes)
        file = path.relative_to(TESTS).as_posix()
        found |= {Test(file, node.name, rows_of(node)) for holder in holders for node in _tests(holder)}
    return frozenset(found)


def rows_of(test: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    markers = [one for one in test.decorator_list if isinstance(one, ast.Call)]
    rows = [ast.literal_eval(row) for one in markers if ast.unparse(one.func) == "pytest.mark.row" for row in one.args]
    return frozenset(rows)


def rows_in_name(name: str) -> frozenset[str]:
    """A name must not begin with `test_st_06_f_27_...`: it reads alone, and markers name its rows."""
    found = _BY_NAME.match(name)
    codes = re.findall(r"[a-z]{1,2}_\d\d|i\d", found[1]) if found else []
    return frozenset(code.upper().replace("_", "-") for code in codes)


def _imported_whole(tree: ast.Module) -> Iterator[Path]:
    """By `from tests.somewhere import *`."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*" and node.module is not None:
            yield (TESTS.parent / node.module.replace(".", "/")).with_suffix(".py")


def _tests(holder: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in holder.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def _family(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> Iterator[ast.ClassDef]:
    """The class and those that it inherits from, as far as they stand among the tests."""
    yield node
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in classes:
            yield from _family(classes[base.id], classes)
