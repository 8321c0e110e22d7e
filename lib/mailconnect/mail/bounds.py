"""The bounds of what a provider may send: longer or larger is not believed."""

from typing import Annotated

from msgspec import Meta

LONGEST_TEXT = 1024
LARGEST_INT = 2**53 - 1  # RFC 8620 §1.3
LONGEST_ID = 255  # RFC 8620 §1.2

Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
Count = Annotated[int, Meta(ge=0, le=LARGEST_INT)]
"""An UnsignedInt (RFC 8620 §1.3)."""
Id = Annotated[str, Meta(min_length=1, max_length=LONGEST_ID)]
