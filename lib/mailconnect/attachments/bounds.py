"""How much one attachment may cost."""

from typing import NamedTuple


class Bounds(NamedTuple):
    """A tuple and not a dataclass: importing dataclasses would cost the child 10 ms of its 35."""

    input_bytes: int = 10_000_000
    characters: int = 60_000
    """The most that one result holds; its `next_offset` reads on."""
    image_bytes: int = 1_000_000
    pages: int = 2_000
    """Of a PDF."""
    page_bytes: int = 16_000_000
    """Maximum size of one inflated stream of a PDF."""
    members: int = 4_000
    """Files in an office file, which is a ZIP."""
    inflated_bytes: int = 64_000_000
    """Maximum total of inflated bytes that are read of an office file."""
    ratio: int = 200
    """Inflated to compressed bytes of one member; counted from 4 MB on."""
    depth: int = 100
    """Nested elements of XML."""
    elements: int = 2_500_000
    """Of XML in an office file, whose parsing takes 1 µs each."""
    cells: int = 500_000
    columns: int = 256
    parts: int = 200
    """Of a message (RFC 2046 §5.1)."""
    nesting: int = 3
    """Messages within messages."""
