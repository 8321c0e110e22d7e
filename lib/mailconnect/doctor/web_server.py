"""Whether a bridge on one machine knows the addresses of those who come through its web server."""

from mailconnect.doctor.finding import Finding, Unset
from mailconnect.settings import PREFIX, Settings

CHECK = "web server"


def not_trusted(settings: Settings) -> Unset | None:
    """Where people come by https, something stands in front: the bridge itself speaks http, on 127.0.0.1."""
    if not settings.secure or not settings.limits or settings.trusted_proxies:
        return None
    return Unset(
        "the web server in front is not trusted, so nobody's address is known: one stranger can use up what all may do",
        f"let it append to X-Forwarded-For, and set {PREFIX}TRUSTED_PROXIES to its address, such as 127.0.0.1",
    )


def web_server(settings: Settings) -> Finding:
    left = not_trusted(settings)
    if left is not None:
        return Finding.of(CHECK, left)
    if not settings.secure:
        return Finding(CHECK, "none is needed, on this machine")
    trusted = ", ".join(map(str, settings.trusted_proxies))
    return Finding(CHECK, f"what {trusted} says of addresses counts")
