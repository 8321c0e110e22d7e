"""An attachment's kind is decided by its content first, then by its name and its declared type."""

import pytest

from mailconnect.attachments.parse import parse
from mailconnect.attachments.result import AttachmentImage, AttachmentText, Unreadable
from tests.attachments.documents import docx, gif, jpeg, paragraph, pdf, png, webp, zipped

LOSSLESS = b"RIFF\x00\x00\x00\x00WEBPVP8L\x00\x00\x00\x00\x2f" + (99 | 49 << 14).to_bytes(4, "little")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"Rar!\x1a\x07\x01\x00", "RAR archive"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "7-Zip archive"),
        (b"\x1f\x8b\x08\x00", "gzip archive"),
        (bytes(257) + b"ustar\x0000", "tar archive"),
        (zipped({"a.txt": "hello"}), "ZIP archive"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "program for Windows"),
        (b"\x7fELF\x02\x01\x01\x00", "program for Linux"),
        (b"\xca\xfe\xba\xbe\x00\x00", "program (Java or macOS)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "Office or Outlook file in the format before 2007"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "Office document with a password",
        ),
        (b"II*\x00\x08\x00", "TIFF image"),
        (b"\x00\x00\x00\x18ftypmp42", "audio or video file"),
        (b"{\\rtf1 hello}", "RTF document"),
        (bytes(range(256)) * 4, "binary file of an unknown kind"),
    ],
)
def test_a_file_that_is_not_read_is_named_by_its_kind(data: bytes, word: str) -> None:
    result = parse(data, "text/plain", "harmless.txt")
    assert result == Unreadable(f"This is a file of this kind: {word}. Its content is not read.")


def test_a_pdf_by_another_name_and_a_text_that_claims_to_be_a_pdf_are_what_they_are() -> None:
    read = parse(pdf("Hello"), "text/plain", "a.txt")
    assert isinstance(read, AttachmentText)
    assert read.kind == "PDF"
    text = parse(b"just text", "application/pdf", "a.pdf")
    assert isinstance(text, AttachmentText)
    assert text.kind == "text"


def test_a_word_document_in_a_zips_clothes_is_one() -> None:
    read = parse(docx(paragraph("Hello")), "application/zip", "a.zip")
    assert isinstance(read, AttachmentText)
    assert read.kind == "Word document"


@pytest.mark.parametrize(
    ("data", "media_type", "width", "height"),
    [
        (png(3, 2), "image/png", 3, 2),
        (jpeg(640, 480), "image/jpeg", 640, 480),
        (gif(10, 20), "image/gif", 10, 20),
        (webp(100, 50), "image/webp", 100, 50),
        (LOSSLESS, "image/webp", 100, 50),
        (
            b"RIFF\x00\x00\x00\x00WEBPVP8 \x00\x00\x00\x00\x00\x00\x00\x9d\x01\x2a\x64\x00\x32\x00",
            "image/webp",
            100,
            50,
        ),
    ],
)
def test_an_image_passes_as_it_is_with_the_size_from_its_header(
    data: bytes, media_type: str, width: int, height: int
) -> None:
    assert parse(data, "application/octet-stream", "x.exe") == AttachmentImage(media_type, data, width, height)
    for cut in range(1, len(data)):
        assert isinstance(parse(data[:cut], media_type, ""), AttachmentImage | AttachmentText | Unreadable)


def test_an_image_above_1_mb_is_said_to_be_too_large_with_its_size() -> None:
    assert parse(png(4000, 3000, size=2_500_000), "image/png", "") == Unreadable(
        "The image (4000 x 3000 pixels, 2.5 MB) is larger than 1 MB, the most that can be shown."
    )


def test_an_image_of_no_size_is_damaged() -> None:
    assert parse(png(0, 5), "image/png", "") == Unreadable("The image is damaged: its size cannot be read.")
