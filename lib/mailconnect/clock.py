"""Time and randomness as arguments: nothing below `handlers/` reads a clock or makes entropy of its own."""

from collections.abc import Callable

Clock = Callable[[], int]
"""Seconds since the epoch, as of the call."""

Entropy = Callable[[int], bytes]
"""That many cryptographically random bytes (os.urandom)."""
