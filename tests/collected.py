"""The names of the tests that pytest collects, of every lane, read from the source by pytest's own rules.

Lanes have environments of their own, so none of them could import all; names of files, classes and functions decide.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent


def collected_tests() -> set[str]:
    trees = {path: ast.parse(path.read_text("utf-8")) for path in TESTS.rglob("*.py") if ".cache" not in path.parts}
    classes = {node.name: node for tree in trees.values() for node in tree.body if isinstance(node, ast.ClassDef)}
    found: set[str] = set()
    for path, tree in trees.items():
        if not path.name.startswith("test_"):
            continue
        found |= set(_tests(tree))
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
                for family in _family(node, classes):
                    found |= set(_tests(family))
    return found


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
