"""Writes into README.md and docs/ what they repeat of assistants and scopes: `make documents`.

Each part stands between a mark with its name and `<!-- until here -->`; the rest of a document is written by hand.
The steps and texts to copy come from mailconnect.endpoints.pages.assistants, the addresses of codes from
oauth/clients/known_assistants.toml, what can be allowed from the consent page's offer, what never can from NEVER.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import fill
from urllib.parse import urlsplit

from mailconnect.endpoints.pages.assistants import ASSISTANTS, Assistant
from mailconnect.endpoints.pages.offer import offer
from mailconnect.oauth.clients.known_assistants import KnownAssistant, known_assistants
from mailconnect.oauth.scopes import NEVER

ROOT = Path(__file__).parents[2]
URL = "https://mail.example.com/mcp"
HERE = "http://127.0.0.1:8787/mcp"
KNOWN = {one.name: one for one in known_assistants().assistants}

_NAMES = {"claude-code": "claude"}
"""Assistants whose document has another name."""

_PART = re.compile(r"(<!-- written by make documents: (.+?) -->\n)(?:.*?)(<!-- until here -->)", re.DOTALL)
_WIDTH = 118


def document_of(assistant: Assistant) -> Path:
    return ROOT / "docs" / f"{_NAMES.get(assistant.key, assistant.key)}.md"


DOCUMENTS = (ROOT / "README.md", ROOT / "docs" / "clients.md", *dict.fromkeys(map(document_of, ASSISTANTS)))


def parts() -> Mapping[str, str]:
    """The text of each part, by the name in its mark."""
    found = {"limits": _limits(), "assistants": _assistants(), "known assistants": _known_assistants()}
    for one in ASSISTANTS:
        found |= {f"facts {one.key}": _facts(one), f"steps {one.key}": _steps(one)}
        if one.command and not one.hosted:
            found[f"command {one.key}"] = f"```\n{one.command(URL)}\n```\n"
    return found


def names(text: str) -> list[str]:
    """The parts that a document has."""
    return [name for _, name, _ in _PART.findall(text)]


def written(text: str) -> str:
    """The document with its parts as they are to be. Raises KeyError where there is no such part."""
    known = parts()
    return _PART.sub(lambda part: part[1] + known[part[2]] + part[3], text)


def _limits() -> str:
    allowed = "; ".join(f"{line[0].lower()}{line[1:]}" for line in offer())
    never = "; ".join(f"{line[0].lower()}{line[1:]}" for line in map(str, NEVER))
    said = f"On the page where you decide you can let it: {allowed}.", f"Whatever you allow, it can never: {never}."
    return "".join(_item("-", line) for line in said)


def _facts(assistant: Assistant) -> str:
    name, known = assistant.plain_name, KNOWN[assistant.plain_name]
    place = (
        f"{name} calls from its own servers: the bridge needs a public https address."
        if assistant.hosted
        else f"{name} runs on your computer, and reaches a bridge there too."
    )
    return "".join(_item("-", line) for line in (place, _redirects(known), _introduces_itself(known)))


def _redirects(known: KnownAssistant) -> str:
    said = f"The bridge sends its codes to {_listed(known.redirect_uris)}."
    if any(uri.endswith("/*") for uri in known.redirect_uris):
        said += " `*` stands for one segment."
    if any(uri.startswith("http://") for uri in known.redirect_uris):
        said += " The bridge takes any port of this computer."
    return said


def _introduces_itself(known: KnownAssistant) -> str:
    document = f"its metadata document {_listed(known.documents)}, and " if known.documents else ""
    return f"It asks for no client ID: the bridge takes {document}its registration (RFC 7591)."


def _steps(assistant: Assistant) -> str:
    steps = assistant.steps_away_from("the bridge's page `/connect`")
    listed = "".join(_item(f"{number}.", step) for number, step in enumerate(steps, 1))
    return f"{listed}\n```\n{assistant.snippet(URL)}\n```\n" if assistant.snippet else listed


def _assistants() -> str:
    rows = [
        f"| {_linked(one)} | {_as_code(one.terminal(HERE))} | {' '.join(one.steps[one.command_does :])} |"
        for one in ASSISTANTS
        if not one.hosted
    ]
    hosted = ", ".join(_linked(one) for one in ASSISTANTS if one.hosted)
    rows.append(f"| {hosted} | They call from their own servers, so they need a bridge at a public https address | |")
    return "\n".join(("| Assistant | What to do | Then |", "|---|---|---|", *rows, ""))


def _known_assistants() -> str:
    rows = [
        f"| {one.name} | {_hosts(one) or 'nothing'} | {_listed(one.documents) or 'none'} |" for one in KNOWN.values()
    ]
    return "\n".join(("| Assistant | Recognised by codes to | Its metadata document |", "|---|---|---|", *rows, ""))


def _hosts(known: KnownAssistant) -> str:
    hosts = (urlsplit(uri).hostname or "" for uri in known.redirect_uris if uri.startswith("https://"))
    return ", ".join(dict.fromkeys(hosts))


def _linked(assistant: Assistant) -> str:
    return f"[{assistant.name}]({document_of(assistant).relative_to(ROOT)})"


def _as_code(command: str) -> str:
    """A command is code; "in FILE TEXT" is a file and a text."""
    file = re.fullmatch(r"in (\S+) (.+)", command)
    return f"in `{file[1]}`: `{file[2]}`" if file else f"`{command}`"


def _listed(addresses: tuple[str, ...]) -> str:
    return ", ".join(f"`{one}`" for one in addresses)


def _item(mark: str, text: str) -> str:
    """One of a list, with lines of the length that documents have, and no address broken."""
    indent = " " * (len(mark) + 1)
    unbroken = {"break_long_words": False, "break_on_hyphens": False}
    return fill(f"{mark} {text}", _WIDTH, subsequent_indent=indent, **unbroken) + "\n"  # type: ignore[arg-type]


def main() -> None:
    for path in DOCUMENTS:
        path.write_text(written(path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
