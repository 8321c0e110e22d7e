"""For any bytes, `parse` raises nothing and returns at most its maximum of characters."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.parse import parse, prepare
from mailconnect.attachments.result import AttachmentText
from tests.attachments.documents import (
    MESSAGE,
    docx,
    gif,
    jpeg,
    open_document,
    paragraph,
    pdf,
    pdf_of_streams,
    png,
    pptx,
    webp,
    xlsx,
)

TYPES = """
text/plain text/html text/csv text/calendar text/vcard message/rfc822 application/pdf application/zip image/png
image/jpeg image/gif image/webp application/octet-stream text/plain;charset=iso-2022-jp text/plain;charset=utf-16
""".split()  # noqa: SIM905
HEADS = [
    *(b"", b"%PDF-1.7\n", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF1234WEBPVP8X"),
    *(b"\xff\xfe", b"<html>", b"BEGIN:VCALENDAR\n", b"From: a\n\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
]
WHOLE = [
    docx(paragraph("Hello")),
    xlsx("<row><c><v>1</v></c></row>"),
    pptx("<p:sp/>"),
    open_document("text", "<office:text><text:p>x</text:p></office:text>"),
    pdf("Hello", "World"),
    png(),
    jpeg(),
    gif(),
    webp(),
    MESSAGE,
]
BOUNDS = Bounds(characters=300)


def is_kept(data: bytes, declared: str, name: str, offset: int = 0) -> None:
    prepare(data, declared, name)
    result = parse(data, declared, name, BOUNDS, offset=offset)
    if isinstance(result, AttachmentText):
        assert len(result.text) <= BOUNDS.characters
        assert result.next_offset is None or result.next_offset > offset
        result.text.encode()


@given(st.sampled_from(HEADS), st.binary(max_size=600), st.sampled_from(TYPES), st.integers(0, 400))
def test_random_bytes_of_any_type_never_raise(head: bytes, rest: bytes, declared: str, offset: int) -> None:
    is_kept(head + rest, declared, "name", offset)


@given(st.sampled_from(WHOLE), st.integers(0, 10_000), st.integers(0, 10_000), st.binary(max_size=8))
def test_a_document_with_bytes_changed_cut_or_added_never_raises(
    whole: bytes, start: int, length: int, instead: bytes
) -> None:
    start %= len(whole)
    is_kept(whole[:start] + instead + whole[start + length % 64 :], "application/octet-stream", "")
    is_kept(whole[:start], "", "")


@given(st.text(max_size=300), st.text(max_size=60), st.text(max_size=40))
def test_any_text_and_any_name_and_type_never_raise(text: str, declared: str, name: str) -> None:
    is_kept(text.encode("utf-8", "surrogatepass"), declared, name)


@given(st.binary(max_size=300))
def test_any_content_of_a_pdfs_page_never_raises(content: bytes) -> None:
    is_kept(pdf_of_streams([content], ""), "application/pdf", "")
    is_kept(pdf_of_streams([zlib.compress(b"BT /F1 9 Tf " + content)], "/FlateDecode"), "application/pdf", "")


@given(st.text(max_size=300))
def test_any_content_of_an_office_files_xml_never_raises(content: str) -> None:
    for made in (docx, xlsx, pptx, lambda body: open_document("text", body)):
        is_kept(made(content.encode("utf-8", "replace").decode()), "", "")
