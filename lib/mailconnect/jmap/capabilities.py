"""The names of JMAP's capabilities (RFC 8620 §2)."""

CORE = "urn:ietf:params:jmap:core"
MAIL = "urn:ietf:params:jmap:mail"
CONTACTS = "urn:ietf:params:jmap:contacts"
"""RFC 9610."""
MASKED = "https://www.fastmail.com/dev/maskedemail"
"""Fastmail's own: https://www.fastmail.com/developer/maskedemail/."""
