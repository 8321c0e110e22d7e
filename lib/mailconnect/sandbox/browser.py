"""A browser without a screen: cookies by origin, pages, and the forms on them; redirects are the caller's to follow."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

import httpx

_UNSEEN = frozenset({"script", "style", "title", "head", "template"})
_VOID_OF_VALUE = frozenset({"submit", "button", "image", "reset", "file"})


@dataclass(slots=True)
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    """The form as the page stands: hidden values, chosen options, ticked boxes."""
    names: set[str] = field(default_factory=set)
    """Every field a person could fill in."""
    everything: dict[str, str] = field(default_factory=dict)
    """The form with every box ticked, and the last of each group of radio buttons chosen."""
    buttons: list[tuple[str, str]] = field(default_factory=list)
    """Name and value of each."""


@dataclass(frozen=True, slots=True)
class Page:
    url: str
    status: int
    text: str
    """As a person would read it, without markup."""
    forms: tuple[Form, ...]
    location: str | None
    """Absolute, where the answer is a redirect."""
    referrer_policy: str = ""


class PageError(Exception):
    """The page is an error page, or not the one expected; the message is what it says."""

    def __init__(self, page: Page, reason: str) -> None:
        parts = urlsplit(page.url)
        # the query of an authorization URL is long, and holds the state
        place = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
        super().__init__(f"{reason}: {place} answered {page.status}: {page.text[:500]!r}")
        self.page = page


class Browser:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._cookies: dict[str, dict[str, str]] = {}

    async def open(self, url: str) -> Page:
        return await self._go("GET", url)

    async def submit(self, page: Page, form: Form, fields: dict[str, str]) -> Page:
        """fields are sent over those the form has."""
        sent = {**form.fields, **fields}
        target = urljoin(page.url, form.action) if form.action else page.url
        if form.method == "get":
            return await self._go("GET", urlunsplit(urlsplit(target)._replace(query=urlencode(sent))))
        same = _origin(page.url) == _origin(target)
        hidden = page.referrer_policy == "no-referrer" or (page.referrer_policy == "same-origin" and not same)
        # a page that tells no referrer tells no origin either (Fetch, "append a request Origin header")
        headers = {"origin": "null" if hidden else _origin(page.url)}
        same_host = urlsplit(page.url).hostname == urlsplit(target).hostname
        headers["sec-fetch-site"] = "same-origin" if same else "same-site" if same_host else "cross-site"
        return await self._go("POST", target, sent, headers)

    async def _go(
        self, method: str, url: str, fields: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> Page:
        accepted = {"accept": "text/html,application/xhtml+xml", **(headers or {})}
        request = self._http.build_request(method, url, data=fields, headers=accepted)
        # httpx keeps cookies by host alone; two servers on one machine differ only by port
        request.headers.pop("cookie", None)
        kept = self._cookies.setdefault(_origin(url), {})
        if kept:
            request.headers["cookie"] = "; ".join(f"{name}={value}" for name, value in kept.items())
        response = await self._http.send(request, follow_redirects=False)
        self._http.cookies.clear()
        for header in response.headers.get_list("set-cookie"):
            _keep(kept, header)
        location = response.headers.get("location") if response.is_redirect else None
        reader = _Reader()
        if "html" in response.headers.get("content-type", "html"):
            reader.feed(response.text)
            reader.close()
        else:
            reader.words.append(response.text[:2000])
        target = None if location is None else urljoin(url, location)
        text, policy = " ".join(reader.words), response.headers.get("referrer-policy", "")
        return Page(url, response.status_code, text, tuple(reader.forms), target, policy)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _keep(kept: dict[str, str], header: str) -> None:
    try:
        cookies = SimpleCookie(header)
    except CookieError:
        return
    for name, cookie in cookies.items():
        if cookie["max-age"] == "0" or not cookie.value:
            kept.pop(name, None)
        else:
            kept[name] = cookie.coded_value


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.forms: list[Form] = []
        self._inside: Form | None = None
        self._unseen = 0
        self._select = ""
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _UNSEEN:
            self._unseen += 1
        if tag == "form":
            self._inside = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._inside)
        elif self._inside is not None and "disabled" not in given:
            self._control(self._inside, tag, given)

    def _control(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        kind = given.get("type", "submit" if tag == "button" else "text").lower()
        if tag == "option" and self._select:
            if "selected" in given or self._select not in form.fields:
                form.fields[self._select] = given.get("value", "")
        elif not name:
            return
        elif tag == "button" or (tag == "input" and kind in _VOID_OF_VALUE):
            form.buttons.append((name, given.get("value", "")))
        elif tag == "input" and kind in {"checkbox", "radio"}:
            form.everything[name] = given.get("value", "on")
            if "checked" in given or (kind == "checkbox" and "required" in given):
                form.fields[name] = given.get("value", "on")
            form.names.add(name)
        elif tag == "input":
            form.fields[name] = given.get("value", "")
            form.names.add(name)
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            form.fields[name] = ""
            form.names.add(name)
            self._textarea = name

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if tag == "form":
            self._inside = None
        if tag == "select":
            self._select = ""
        if tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea and self._inside is not None:
            self._inside.fields[self._textarea] += data
        elif not self._unseen:
            self.words.extend(data.split())
