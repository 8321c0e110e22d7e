"""The version of this program, as pyproject.toml has it too (a test keeps them equal)."""

VERSION = "0.1.0"
