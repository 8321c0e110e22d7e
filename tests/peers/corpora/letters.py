"""What lies in the collections: messages as they are, and pages of HTML."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from tests.peers.corpora.dojo import inbox

_NO_MAIL = {".py", ".pyc", ".md", ".gif", ".png", ".html", ".asc", ".json", ".txt", ".au", ".gz"}


def messages(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and RFC 5322 text with CRLF, of everything that is a message or was made to look like one."""
    found = [
        *_of_the_interpreter(),
        *_files(folder / "talon", "*.eml"),
        *_files(folder / "mail", "mails/mail_*"),
        *(path for path in _files(folder / "notmuch", "corpora/**/*") if path.suffix not in _NO_MAIL),
        *_files(folder / "rspamd", "messages/**/*.eml"),
    ]
    for path in found:
        octets = path.read_bytes()
        if path.name != "README" and b":" in octets[:2000]:
            yield f"{path.parent.name}/{path.name}", crlf(octets)


def pages(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The HTML of html2text's and talon's tests, each as the only part of a message."""
    for path in [*_files(folder / "html2text", "*.html"), *_files(folder / "talon", "*.html")]:
        yield path.name, b"Subject: a page\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + crlf(path.read_bytes())


def crlf(octets: bytes) -> bytes:
    return octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def everything(folder: Path) -> list[tuple[str, bytes]]:
    """Messages, pages and AgentDojo's inbox."""
    return [*messages(folder), *pages(folder), *((email.subject, email.raw) for email in inbox(folder))]


def _of_the_interpreter() -> list[Path]:
    """The mails of CPython's own tests, which some distributions leave out."""
    package = find_spec("test")
    roots = (package.submodule_search_locations if package else None) or []
    return [path for root in roots for path in _files(Path(root) / "test_email", "msg_*.txt")]


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.rglob(pattern) if path.is_file())
