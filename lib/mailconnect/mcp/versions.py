"""The protocol's revisions: a modern one, stateless, and the legacy ones that begin with `initialize`."""

MODERN = "2026-07-28"
LEGACY = ("2025-11-25", "2025-06-18", "2025-03-26")
SUPPORTED = (MODERN, *LEGACY)

LATEST_LEGACY = LEGACY[0]
# A request without MCP-Protocol-Version is from a client older than the header (2025-11-25 basic/transports).
WITHOUT_HEADER = "2025-03-26"
# The only revision in which a server must accept a batch (2025-03-26 basic, Batching).
BATCHING = "2025-03-26"
