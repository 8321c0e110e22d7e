"""Bytes to text: a byte order mark, UTF-8, the declared charset, then windows-1252 as a guess that is told."""

import codecs
from collections.abc import Iterable
from typing import NamedTuple

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_STATEFUL = frozenset({"iso-2022-jp", "iso-2022-kr", "hz-gb-2312"})
"""Written in ASCII alone, so that they pass for UTF-8."""
CHARSETS = _STATEFUL | frozenset(
    """
    us-ascii ascii utf-8 utf8 utf-16 utf-16-le utf-16-be utf-16le utf-16be utf-32 iso-8859-1 iso-8859-2 iso-8859-3
    iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-9 iso-8859-10 iso-8859-13 iso-8859-14 iso-8859-15
    iso-8859-16 latin1 latin-1 windows-1250 windows-1251 windows-1252 windows-1253 windows-1254 windows-1255
    windows-1256 windows-1257 windows-1258 cp437 cp850 cp852 cp866 koi8-r koi8-u macintosh gb2312 gbk gb18030 big5
    big5-hkscs shift_jis shift-jis sjis cp932 euc-jp euc-kr ks_c_5601-1987 cp949 tis-620 windows-874
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Python knows more codecs, some of which are no charset and some of which are slow."""
_PYTHONS = {"hz-gb-2312": "hz", "ks_c_5601-1987": "cp949", "windows-874": "cp874", "macintosh": "mac_roman"}


class Decoded(NamedTuple):
    text: str
    note: str | None


def decoded(data: bytes, declared: str | None) -> Decoded:
    """Never raises. `note` is a sentence where the charset is guessed or does not fit."""
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return Decoded(data[len(mark) :].decode(charset, "replace"), None)
    charset = (declared or "").strip().strip("\"'").lower()
    known = charset if charset in CHARSETS else None
    if known not in _STATEFUL:
        if halves := _without_mark(data):
            return Decoded(data.decode(halves, "replace"), "The charset is a guess: UTF-16.")
        try:
            return Decoded(data.decode("utf-8"), None)
        except UnicodeDecodeError:
            pass
    if known and known not in ("utf-8", "utf8", "ascii", "us-ascii"):
        text = data.decode(_PYTHONS.get(known, known), "replace")
        return Decoded(
            text, "Some bytes do not fit the charset; each is shown as \ufffd." if "\ufffd" in text else None
        )
    # Mostly UTF-8 with a few bad bytes, such as a text that was cut.
    text = data.decode("utf-8", "replace")
    if text.count("\ufffd") * 100 <= sum(byte > 127 for byte in data[:1_000_000]):
        return Decoded(text, "Some bytes are not UTF-8; each is shown as \ufffd.")
    return Decoded(data.decode("cp1252", "replace"), "The charset is a guess: windows-1252.")


def make_ready(charsets: Iterable[str]) -> None:
    """Imports the codecs that `decoded` may need for these declared charsets: Python opens a file for each."""
    for name in {"utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp1252", *charsets}:
        if name in CHARSETS or name == "cp1252":
            codecs.lookup(_PYTHONS.get(name, name))


def _without_mark(data: bytes) -> str | None:
    """UTF-16 of mostly Latin text has a zero in every other byte."""
    head = data[:512]
    if len(head) < 8 or len(data) % 2:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > len(head) * 0.35 and even < len(head) * 0.05:
        return "utf-16-le"
    if even > len(head) * 0.35 and odd < len(head) * 0.05:
        return "utf-16-be"
    return None
