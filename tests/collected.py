"""The names of the tests that pytest collects, of every lane, read from the source by pytest's own rules.

Lanes have environments of their own, so none of them could import all; names of files, classes and functions decide.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

TESTS = Path(__file__).parent


def collected_tests() -> Mapping[str, set[str]]:
    """In which files each test is collected: "aws/test_stores.py" has those of every contract."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in TESTS.rglob("*.py") if ".cache" not in path.parts}
    classes = {node.name: node for tree in trees.values() for node in tree.body if isinstance(node, ast.ClassDef)}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path, tree in trees.items():
        if not path.name.startswith("test_"):
            continue
        holders: list[ast.Module | ast.ClassDef] = [tree, *(trees[whole] for whole in _imported_whole(tree))]
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
                holders += _family(node, classes)
        for name in {name for holder in holders for name in _tests(holder)}:
            found[name].add(path.relative_to(TESTS).as_posix())
    return found


def _imported_whole(tree: ast.Module) -> Iterator[Path]:
    """By `from tests.somewhere import *`."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*" and node.module is not None:
            yield (TESTS.parent / node.module.replace(".", "/")).with_suffix(".py")


def _tests(holder: ast.Module | ast.ClassDef) -> Iterator[str]:
    for node in holder.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name


def _family(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> Iterator[ast.ClassDef]:
    """The class and those that it inherits from, as far as they stand among the tests."""
    yield node
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in classes:
            yield from _family(classes[base.id], classes)
