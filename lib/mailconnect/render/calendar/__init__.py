"""Calendar parts (RFC 5545) in a few lines. Pure."""
