"""A browser's name, as an owner would say it: "Safari on iPhone"."""

from mailconnect.languages.words import marked

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_DEVICES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "Chromebook"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """Words of ours alone: nothing of the header is kept."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), marked("A browser"))
    device = next((name for sign, name in _DEVICES if sign in user_agent), "")
    return f"{browser} on {device}" if device else browser


def as_said(name: str) -> str:
    """A stored name, so that it can be said in another language."""
    browser, on, device = name.partition(" on ")
    return marked("%(browser)s on %(device)s", browser=browser, device=device) if on else name
