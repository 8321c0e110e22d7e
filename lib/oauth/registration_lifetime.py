"""How long a registration is kept, in seconds."""

NEVER_AUTHORIZED_LIFETIME = 30 * 86_400
"""From registration, while nobody has consented."""

AUTHORIZED_LIFETIME = (365 + 180) * 86_400
"""From the latest consent: the longest a grant may live, and half a year without one."""
