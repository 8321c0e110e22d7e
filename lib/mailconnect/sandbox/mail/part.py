"""A part of a message (RFC 8621 §4.1.4), and which parts are its bodies and which its attachments."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    part_id: str | None
    """None for multipart/*."""
    type: str
    charset: str | None
    name: str | None
    disposition: str | None
    cid: str | None
    language: list[str] | None
    location: str | None
    headers: list[tuple[str, str]]
    """Name and raw value."""
    content: bytes = b""
    """Without its transfer encoding."""
    encoding_known: bool = True
    sub_parts: tuple["Part", ...] = ()

    @property
    def multipart(self) -> bool:
        return self.part_id is None

    @property
    def blob_id(self) -> str | None:
        return None if self.multipart else blob_id(self.content)

    @property
    def is_text(self) -> bool:
        return self.type.startswith("text/")

    def text(self) -> tuple[str, bool]:
        """The text with LF, and whether its encoding had a problem."""
        charset = self.charset or "us-ascii"
        problem = not self.encoding_known
        try:
            text = self.content.decode(charset)
        except UnicodeDecodeError:
            text, problem = self.content.decode(charset, "replace"), True
        except (LookupError, ValueError):
            text, problem = self.content.decode("utf-8", "replace"), True
        return text.replace("\r\n", "\n").replace("\0", ""), problem


def blob_id(data: bytes) -> str:
    return f"G{hashlib.sha1(data, usedforsecurity=False).hexdigest()}"


def sort_parts(
    parts: Sequence[Part],
    multipart_type: str,
    *,
    text: list[Part] | None,
    html: list[Part] | None,
    attachments: list[Part],
    in_alternative: bool = False,
) -> None:
    """Fills the three lists, by the algorithm that RFC 8621 §4.1.4 suggests; None: no such body is wanted here."""
    text_length = -1 if text is None else len(text)
    html_length = -1 if html is None else len(html)
    for index, part in enumerate(parts):
        if part.multipart:
            kind = part.type.partition("/")[2]
            inside = in_alternative or kind == "alternative"
            sort_parts(part.sub_parts, kind, text=text, html=html, attachments=attachments, in_alternative=inside)
        elif not _shown(part, index, multipart_type):
            attachments.append(part)
        elif multipart_type == "alternative":
            chosen = {"text/plain": text, "text/html": html}.get(part.type, attachments)
            if chosen is not None:
                chosen.append(part)
        else:
            if in_alternative:
                html = None if part.type == "text/plain" else html
                text = None if part.type == "text/html" else text
            for body in (text, html):
                if body is not None:
                    body.append(part)
            if (text is None or html is None) and _inline_media(part):
                attachments.append(part)
    if multipart_type == "alternative" and text is not None and html is not None:
        if text_length == len(text) and html_length != len(html):
            text.extend(html[html_length:])
        elif html_length == len(html) and text_length != len(text):
            html.extend(text[text_length:])


def _shown(part: Part, index: int, multipart_type: str) -> bool:
    """Whether it is a body rather than an attachment."""
    if part.disposition == "attachment" or not (part.type in {"text/plain", "text/html"} or _inline_media(part)):
        return False
    return index == 0 or (multipart_type != "related" and (_inline_media(part) or not part.name))


def _inline_media(part: Part) -> bool:
    return part.type.startswith(("image/", "audio/", "video/"))
