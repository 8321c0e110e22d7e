"""The sandbox's few pages: plain HTML that says on every one of them that this is a sandbox."""

from collections.abc import Iterable
from html import escape

from starlette.responses import HTMLResponse

_HEADERS = {
    "cache-control": "no-store",
    # form-action is left open: a browser applies it to the redirect that follows the form, and that goes to the client
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_STYLE = """
:root { color-scheme: light dark; --line: #8886; --accent: #2560c4; --note: #b4560a }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; display: grid; place-items: start center }
main { width: min(28rem, 100% - 2rem); margin: 3rem 0 }
.sandbox { background: var(--note); color: #fff; text-align: center; padding: .4rem;
  width: 100%; box-sizing: border-box; font-weight: 600 }
h1 { font-size: 1.4rem } ul { padding-left: 1.2rem } code { overflow-wrap: anywhere }
label { display: block; margin: .8rem 0 .2rem } .error { color: #c4262e; font-weight: 600 }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; border: 1px solid var(--line);
  border-radius: .4rem }
button { font: inherit; padding: .5rem 1.2rem; margin: 1.2rem .6rem 0 0; border: 1px solid var(--line);
  border-radius: .4rem; cursor: pointer }
button[value=approve] { background: var(--accent); border-color: var(--accent); color: #fff }
"""
_NAMES = {
    "urn:ietf:params:oauth:scope:mail": "Read, change and send your mail",
    "urn:ietf:params:oauth:scope:contacts": "Read and change your contacts",
    "urn:ietf:params:oauth:scope:calendars": "Read and change your calendars",
    "urn:ietf:params:jmap:core": "Know your account",
    "urn:ietf:params:jmap:mail": "Read and change your mail",
    "urn:ietf:params:jmap:submission": "Send mail as you",
    "urn:ietf:params:jmap:vacationresponse": "Change your vacation response",
    "urn:ietf:params:jmap:contacts": "Read and change your contacts",
    "https://www.fastmail.com/dev/maskedemail": "Manage your masked email addresses",
    "https://www.fastmail.com/dev/mcp": "Use the MCP server",
    "offline_access": "Keep this access until you take it back",
}


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} (Sandbox)</title><style>{_STYLE}</style>"
        f"<div class=sandbox>Sandbox: not Fastmail, nobody's mail</div><main>{body}</main></html>",
        status,
        _HEADERS,
    )


def sign_in(client_name: str, redirect_host: str, scopes: Iterable[str], *, failed: bool = False) -> HTMLResponse:
    """The form posts to the URL it came from, so that the authorization request travels in the query."""
    asked = "".join(f"<li>{escape(_NAMES.get(scope, scope))}</li>" for scope in sorted(scopes))
    error = "<p class=error role=alert>Wrong username or password.</p>" if failed else ""
    body = (
        f"<h1>Sign in to the Sandbox</h1><p><strong>{escape(client_name)}</strong> asks for access to your mailbox, "
        f"and will be answered at <code>{escape(redirect_host)}</code>:</p><ul>{asked}</ul>{error}"
        '<form method=post action=""><label for=username>Username</label>'
        "<input id=username name=username autocomplete=username autofocus>"
        "<label for=password>Password</label>"
        "<input id=password name=password type=password autocomplete=current-password>"
        "<button name=decision value=approve type=submit>Sign in and allow</button>"
        "<button name=decision value=deny type=submit formnovalidate>Cancel</button></form>"
        "<p><small>alice and bob live here; each one's password is <code>secret</code>.</small></p>"
    )
    return _page("Sign in", body, 403 if failed else 200)


def refused(sentence: str) -> HTMLResponse:
    return _page("Not possible", f"<h1>This request cannot be answered</h1><p class=error>{escape(sentence)}</p>", 400)


def about(issuer: str) -> HTMLResponse:
    body = (
        f"<h1>A Fastmail for your laptop</h1><p>An OAuth server and a JMAP server at <code>{escape(issuer)}</code>, "
        "with the habits of the real one. Sign in as alice or bob, password <code>secret</code>.</p>"
        "<p>What happened so far: <a href=/sandbox/counters>counters</a>. "
        "What is set to go wrong: <a href=/sandbox/switches>switches</a>.</p>"
    )
    return _page("A Fastmail for your laptop", body)
