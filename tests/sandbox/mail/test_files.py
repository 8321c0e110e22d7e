"""Attachments made by code are what they claim to be, and the same bytes every time."""

import io
import re
import zipfile
import zlib
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from mailconnect.sandbox.mail.files.ics import ics
from mailconnect.sandbox.mail.files.office import docx, odt, pptx, xlsx
from mailconnect.sandbox.mail.files.pdf import pdf
from mailconnect.sandbox.mail.files.png import png

EVENT = {
    "method": "REQUEST",
    "uid": "u@x.example",
    "summary": "Lunch; with ümlauts, and a long long long long name",
    "organizer": "a@x.example",
    "attendees": "b@x.example c@x.example",
    "in_days": "2",
    "hour": "9",
}


def test_a_pdf_has_its_lines_and_a_table_that_points_at_every_object():
    made = pdf(["Invoice (copy) NH-1", "Größe \\"] + ["line"] * 60)
    assert rb"(Invoice \(copy\) NH-1) Tj" in made
    assert "Größe".encode("cp1252") in made
    assert b"/Count 2" in made
    start = int(re.search(rb"startxref\n(\d+)", made)[1])
    assert made[start : start + 4] == b"xref"
    for number, offset in enumerate(re.findall(rb"(\d{10}) 00000 n", made), 1):
        assert made[int(offset) :].startswith(b"%d 0 obj" % number)


@pytest.mark.parametrize(
    ("made", "member", "text"),
    [
        (docx(["Größe & Maß", "two"]), "word/document.xml", "Größe & Maß"),
        (xlsx([["Who", "CHF"], ["<Ann>", 4.5]]), "xl/worksheets/sheet1.xml", "<Ann>"),
        (pptx([["Title", "line"], ["次"]]), "ppt/slides/slide2.xml", "次"),
        (odt(["Water level"]), "content.xml", "Water level"),
    ],
)
def test_an_office_file_is_a_zip_of_xml_with_its_text(made, member, text):
    archive = zipfile.ZipFile(io.BytesIO(made))
    assert archive.testzip() is None
    for name in archive.namelist():
        if name != "mimetype":
            ET.fromstring(archive.read(name))
    assert text in list(ET.fromstring(archive.read(member)).itertext())


def test_files_are_the_same_every_time():
    assert docx(["a"]) == docx(["a"])
    assert odt(["a"]) == odt(["a"])
    assert odt(["a"])[30:38] == b"mimetype"


def test_a_png_has_its_size_and_rows():
    made = png(4, 2, ["ff0000", "00ff00"])
    assert made.startswith(b"\x89PNG\r\n\x1a\n")
    data = made[made.index(b"IDAT") + 4 :]
    assert zlib.decompressobj().decompress(data) == b"\0" + b"\xff\0\0" * 4 + b"\0" + b"\0\xff\0" * 4


def test_an_invitation_is_folded_and_escaped():
    made = ics(EVENT, datetime(2027, 1, 1, 12, tzinfo=UTC))
    assert all(len(line.encode()) <= 75 for line in made.split("\r\n"))
    unfolded = made.replace("\r\n ", "")
    assert "SUMMARY:Lunch\\; with ümlauts\\, and" in unfolded
    assert "DTSTART:20270103T090000Z" in unfolded
    assert unfolded.count("ATTENDEE;") == 2
    assert "STATUS:CONFIRMED" in unfolded
    assert "STATUS:CANCELLED" in ics({**EVENT, "method": "CANCEL"}, datetime(2027, 1, 1, tzinfo=UTC))
