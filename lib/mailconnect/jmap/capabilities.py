"""The names of JMAP's capabilities (RFC 8620 §2)."""

CORE = "urn:ietf:params:jmap:core"
MAIL = "urn:ietf:params:jmap:mail"
SUBMISSION = "urn:ietf:params:jmap:submission"
CONTACTS = "urn:ietf:params:jmap:contacts"
"""RFC 9610."""
MASKED_EMAIL = "https://www.fastmail.com/dev/maskedemail"
"""Fastmail's own (its developer documentation, Masked Email)."""
