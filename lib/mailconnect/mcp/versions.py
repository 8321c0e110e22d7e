"""The protocol's revisions: a modern one, stateless, and the legacy ones that begin with `initialize`."""

MODERN = "2026-07-28"
LEGACY = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
SUPPORTED = (MODERN, *LEGACY)

LATEST_LEGACY = LEGACY[0]
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
"""The member of a modern message's `_meta` that names its revision."""

# A request without MCP-Protocol-Version is from a client older than the header (2025-11-25 basic/transports).
WITHOUT_HEADER = "2025-03-26"
STEPS_UP = frozenset({MODERN, "2025-11-25"})
"""Revisions whose clients know how to ask the person for more (basic/authorization, Step-Up Authorization Flow)."""

# The only revision in which a server must accept a batch (2025-03-26 basic, Batching).
BATCHING = "2025-03-26"
