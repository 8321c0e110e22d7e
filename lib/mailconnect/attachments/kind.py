"""The kind of an attachment, by its first bytes; for text, also by its declared type and its name."""

import re
from typing import NamedTuple

from mailconnect.attachments.media_type import MediaType


class AttachmentKind(NamedTuple):
    """`word`: what it is, with an article where it stands in a sentence. `room`: the module whose `read` reads it."""

    word: str
    room: str | None = None


PDF = AttachmentKind("PDF", "pdf")
WORD = AttachmentKind("Word document", "word")
EXCEL = AttachmentKind("Excel workbook", "excel")
POWERPOINT = AttachmentKind("PowerPoint presentation", "powerpoint")
OPEN_TEXT = AttachmentKind("OpenDocument text", "open_document")
OPEN_SHEET = AttachmentKind("OpenDocument spreadsheet", "open_document")
OPEN_SLIDES = AttachmentKind("OpenDocument presentation", "open_document")
TEXT = AttachmentKind("text", "plain")
HTML = AttachmentKind("HTML page", "html")
TABLE = AttachmentKind("CSV table", "delimited")
CALENDAR = AttachmentKind("calendar data", "cards")
CARD = AttachmentKind("contact card", "cards")
MESSAGE = AttachmentKind("mail message", "message")
IMAGES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
}
IMAGE = AttachmentKind("image", "image")

_SAID = (
    (0, b"Rar!\x1a\x07", "RAR archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (0, b"\x1f\x8b", "gzip archive"),
    (0, b"BZh", "bzip2 archive"),
    (0, b"\xfd7zXZ\x00", "xz archive"),
    (0, b"\x28\xb5\x2f\xfd", "Zstandard archive"),
    (0, b"MSCF\x00\x00\x00\x00", "Windows cabinet archive"),
    (257, b"ustar", "tar archive"),
    (32769, b"CD001", "disc image (ISO)"),
    (0, b"\x7fELF", "program for Linux"),
    (0, b"\xfe\xed\xfa", "program for macOS"),
    (0, b"\xcf\xfa\xed\xfe", "program for macOS"),
    (0, b"\xce\xfa\xed\xfe", "program for macOS"),
    (0, b"\xca\xfe\xba\xbe", "program (Java or macOS)"),
    (0, b"\x00asm", "program (WebAssembly)"),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "Windows shortcut"),
    (0, b"II*\x00", "TIFF image"),
    (0, b"MM\x00*", "TIFF image"),
    (0, b"\x00\x00\x01\x00", "icon"),
    (0, b"8BPS", "Photoshop image"),
    (0, b"ID3", "audio file"),
    (0, b"OggS", "audio or video file"),
    (0, b"fLaC", "audio file"),
    (0, b"\x1aE\xdf\xa3", "video file"),
    (4, b"ftypheic", "HEIC image"),
    (4, b"ftypmif1", "HEIC image"),
    (4, b"ftypavif", "AVIF image"),
    (4, b"ftyp", "audio or video file"),
    (8, b"WAVE", "audio file"),
    (8, b"AVI ", "video file"),
    (0, b"{\\rtf", "RTF document"),
    (0, b"\x78\x9f\x3e\x22", "winmail.dat file, which only Outlook reads"),
    (0, b"SQLite format 3\x00", "database"),
    (0, b"%!PS", "PostScript document"),
    (0, b"\x05\x0d", "binary file"),
)
_PROGRAM_NAMES = re.compile(r"\.(exe|dll|com|scr|msi|bat|cmd|ps1|vbs|js|jar|lnk|iso|img|dmg|apk)$", re.IGNORECASE)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_OLE = "EncryptedPackage".encode("utf-16-le")
_OPEN_DOCUMENTS = {b"text": OPEN_TEXT, b"spreadsheet": OPEN_SHEET, b"presentation": OPEN_SLIDES}
_OPEN_DOCUMENT = re.compile(rb"mimetypeapplication/vnd\.oasis\.opendocument\.(text|spreadsheet|presentation)")
_OFFICE = ((b"word/", WORD), (b"xl/", EXCEL), (b"ppt/", POWERPOINT))
_HTML = re.compile(rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_HEADER = re.compile(rb"(?:From |[A-Za-z][A-Za-z0-9-]{1,60}:[ \t])")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def kind_of(data: bytes, declared: MediaType, name: str) -> AttachmentKind:
    """Never raises. A kind without a room is one whose content is not read: `word` says what it is."""
    if b"%PDF-" in data[:1024]:
        return PDF
    if data.startswith(tuple(IMAGES.values())) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        return IMAGE
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip(data)
    if data.startswith(_OLE):
        locked = _ENCRYPTED_OLE in data
        return AttachmentKind(
            "Office document with a password" if locked else "Office or Outlook file in the format before 2007"
        )
    if data.startswith(b"MZ") and _BINARY.search(data[:256]):
        return AttachmentKind("program for Windows")
    for at, magic, word in _SAID:
        if data.startswith(magic, at):
            return AttachmentKind(word)
    if data.startswith(b"BM") and data[6:10] == b"\x00\x00\x00\x00":
        return AttachmentKind("BMP image")
    if declared.name in ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"):
        return AttachmentKind("signature, which has nothing to read")
    if _is_binary(data):
        return AttachmentKind("program" if _PROGRAM_NAMES.search(name) else "binary file of an unknown kind")
    return _text(data, declared, name.lower())


def _zip(data: bytes) -> AttachmentKind:
    """By the first member (OpenDocument v1.3 part 2 §3.3), or by the folders in the ZIP's own list of names."""
    if found := _OPEN_DOCUMENT.search(data[:200]):
        return _OPEN_DOCUMENTS[found[1]]
    if b"[Content_Types].xml" in data:
        for folder, kind in _OFFICE:
            if folder in data:
                return kind
    return AttachmentKind("ZIP archive")


def _is_binary(data: bytes) -> bool:
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        return False
    head = data[:4096]
    zeros = max(head[::2].count(0), head[1::2].count(0))
    if zeros > len(head) * 0.35 and min(head[::2].count(0), head[1::2].count(0)) < len(head) * 0.05:
        return False  # UTF-16 without a mark
    return len(_BINARY.findall(head)) * 50 > len(head)


def _text(data: bytes, declared: MediaType, name: str) -> AttachmentKind:
    head = data[:2048].removeprefix(b"\xef\xbb\xbf").lstrip()
    upper = head[:20].upper()
    if upper.startswith(b"BEGIN:VCALENDAR"):
        return CALENDAR
    if upper.startswith(b"BEGIN:VCARD"):
        return CARD
    if declared.name == "message/rfc822" or (name.endswith(".eml") and _HEADER.match(head)):
        return MESSAGE
    if _HTML.match(head) or declared.name == "text/html" or name.endswith((".htm", ".html")):
        return HTML
    if declared.name in ("text/csv", "text/tab-separated-values") or name.endswith((".csv", ".tsv")):
        return TABLE
    return TEXT
