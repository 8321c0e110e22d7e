"""Jinja compiles each template once in a test process, however many bridges a test run makes.

Each bridge has environments of its own, and to compile the templates of one page takes longer than most tests.
"""

import functools
from types import CodeType

from jinja2 import Environment

_compile = Environment.compile
_compiled: dict[tuple[object, ...], CodeType] = {}


@functools.wraps(_compile)
def _compile_once(self: Environment, source: str, name: str | None = None, filename: str | None = None) -> CodeType:
    written_for = (self.autoescape, self.trim_blocks, self.lstrip_blocks, self.undefined, *sorted(self.extensions))
    key = (source, name, filename, *written_for)
    if key not in _compiled:
        _compiled[key] = _compile(self, source, name, filename)
    return _compiled[key]


def compile_each_template_once() -> None:
    Environment.compile = _compile_once
