"""What lies in the collections: messages as they are, and pages of HTML."""

from collections.abc import Iterator
from pathlib import Path

import test

_NO_MAIL = {".py", ".pyc", ".md", ".gif", ".png", ".html", ".asc", ".json", ".txt", ".au", ".gz"}


def messages(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and RFC 5322 text with CRLF, of everything that is a message or was made to look like one."""
    own = Path(test.__file__).parent / "test_email" / "data"
    found = [
        *_files(own, "msg_*.txt"),
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


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.rglob(pattern) if path.is_file())
