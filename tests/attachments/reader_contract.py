"""What every AttachmentReader does. A test module makes a fixture `reader` and imports these tests."""

import asyncio

from mailconnect.attachments.port import AttachmentReader
from mailconnect.attachments.result import AttachmentImage, AttachmentText, Unreadable
from tests.attachments.documents import (
    MESSAGE,
    docx,
    open_document,
    paragraph,
    pdf,
    png,
    pptx,
    xlsx,
)
from tests.attachments.in_process import InProcessReader
from tests.attachments.test_office import ROWS, STYLES, shape

EVERY_KIND = {
    "text": (b"It\x92s caf\xe9", "text/plain; charset=windows-1252", "a.txt"),
    "Japanese": ("日本".encode("iso-2022-jp"), "text/plain; charset=iso-2022-jp", "a.txt"),
    "CSV": (b"a;b\n1;2\n", "text/csv", "a.csv"),
    "calendar": (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "text/calendar", "a.ics"),
    "HTML": (b"<html><p>a<p>b", "text/html", "a.html"),
    "mail": (MESSAGE, "message/rfc822", ""),
    "PDF": (pdf("One", "Two"), "application/pdf", "a.pdf"),
    "Word": (docx(paragraph("Hello")), "", "a.docx"),
    "Excel": (xlsx(ROWS, shared=["Name"], styles=STYLES), "", "a.xlsx"),
    "PowerPoint": (pptx(shape("Title", "title")), "", "a.pptx"),
    "OpenDocument": (open_document("text", "<office:text><text:p>x</text:p></office:text>"), "", "a.odt"),
    "archive": (b"Rar!\x1a\x07\x00", "", "a.rar"),
    "empty": (b"", "text/plain", ""),
}


async def test_every_kind_reads_as_it_does_in_this_process(reader: AttachmentReader) -> None:
    """So nothing is missing in a process that may open no file once it has begun."""
    for kind, (data, declared, name) in EVERY_KIND.items():
        assert await reader.read(data, declared, name) == await InProcessReader().read(data, declared, name), kind


async def test_an_image_comes_back_as_it_was_given(reader: AttachmentReader) -> None:
    image = png(30, 20, size=50_000)
    assert await reader.read(image, "image/png", "a.png") == AttachmentImage("image/png", image, 30, 20)


async def test_a_text_reads_on_from_its_offset(reader: AttachmentReader) -> None:
    first = await reader.read(b"one\ntwo\nthree\n", "text/plain", "", characters=9)
    assert first == AttachmentText("text", "one\ntwo\n", 0, 8, 14)
    assert await reader.read(b"one\ntwo\nthree\n", "text/plain", "", offset=8) == AttachmentText(
        "text", "three\n", 8, None, 14
    )


async def test_no_more_characters_come_than_are_allowed_at_most(reader: AttachmentReader) -> None:
    read = await reader.read(b"x" * 100_000, "text/plain", "", characters=10**9)
    assert isinstance(read, AttachmentText)
    assert len(read.text) == 60_000


async def test_characters_of_any_script_come_through(reader: AttachmentReader) -> None:
    text = 'emoji \U0001f600 "quotes" \\ and \u202e marks'
    read = await reader.read(text.encode(), "text/plain", 'n"\U0001f600\n')
    assert isinstance(read, AttachmentText)
    assert read.text == text


async def test_an_attachment_that_is_too_large_is_refused_unread(reader: AttachmentReader) -> None:
    result = await reader.read(bytes(reader.max_bytes + 1), "text/plain", "")
    assert isinstance(result, Unreadable)
    assert not result.retry


async def test_several_at_once_are_read_each_for_itself(reader: AttachmentReader) -> None:
    read = await asyncio.gather(*(reader.read(f"text {at}".encode(), "text/plain", "") for at in range(5)))
    assert [one.text for one in read if isinstance(one, AttachmentText)] == [f"text {at}" for at in range(5)]
