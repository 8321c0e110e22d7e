"""How long a registration is kept, in seconds."""

NEVER_AUTHORIZED_LIFETIME = 30 * 86_400
"""From the registration, while no owner has consented."""

KEPT_AFTER_GRANT = 180 * 86_400
"""From the latest end that the latest grant may have."""
