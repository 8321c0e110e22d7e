"""The sandbox's Email methods (RFC 8621 §4)."""
