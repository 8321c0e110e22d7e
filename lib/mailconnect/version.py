"""The version of this program, as pyproject.toml has it too (a test keeps them equal), and when it was released."""

from datetime import date

VERSION = "0.1.0"

RELEASED = date(2026, 11, 25)
"""A release renews what ages from this day on (mailconnect.endpoints.pages.security_txt)."""
