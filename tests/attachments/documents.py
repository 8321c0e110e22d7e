"""Small attachments, made byte by byte: PDF, office files, images, mail."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def zipped(members: Mapping[str, str | bytes], *, stored: Sequence[str] = ()) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            how = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=how)
    return out.getvalue()


def docx(body: str, **further: str | bytes) -> bytes:
    """`body`: what stands in w:body. `further`: members, with `__` for `/` and `_xml` for `.xml`."""
    members = {name.replace("__", "/").replace("_xml", ".xml"): content for name, content in further.items()}
    document = f"<?xml version='1.0'?><w:document {_W}><w:body>{body}</w:body></w:document>"
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": document} | members)


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def relations(**targets: tuple[str, str]) -> str:
    rows = "".join(
        f'<Relationship Id="{name}" Type="{_TYPE}/{kind}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f"<Relationships>{rows}</Relationships>"


def xlsx(
    sheet_data: str, *, shared: Sequence[str] = (), styles: str = "", name: str = "Budget", state: str = ""
) -> bytes:
    """One sheet with these rows."""
    hidden = f' state="{state}"' if state else ""
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.xml": f'<workbook {_S} {_R}><sheets><sheet name="{name}" sheetId="1"{hidden} r:id="r1"/>'
            "</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": relations(
                r1=("worksheet", "worksheets/sheet1.xml"), r2=("sharedStrings", "sharedStrings.xml"),
                r3=("styles", "styles.xml"),
            ),
            "xl/sharedStrings.xml": f"<sst {_S}>{''.join(f'<si><t>{one}</t></si>' for one in shared)}</sst>",
            "xl/styles.xml": f"<styleSheet {_S}>{styles}</styleSheet>",
            "xl/worksheets/sheet1.xml": f"<worksheet {_S}><sheetData>{sheet_data}</sheetData></worksheet>",
        }
    )  # fmt: skip


def pptx(*slides: str) -> bytes:
    """`slides`: what stands in p:spTree of each."""
    ids = "".join(f'<p:sldId id="{256 + at}" r:id="s{at}"/>' for at in range(len(slides)))
    targets = {f"s{at}": ("slide", f"slides/slide{at}.xml") for at in range(len(slides))}
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "ppt/presentation.xml": f"<p:presentation {_P} {_R}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
            "ppt/_rels/presentation.xml.rels": relations(**targets),
        }
        | {
            f"ppt/slides/slide{at}.xml": f"<p:sld {_P} {_A}><p:cSld><p:spTree>{tree}</p:spTree></p:cSld></p:sld>"
            for at, tree in enumerate(slides)
        }
    )


def open_document(kind: str, body: str, manifest: str = "<manifest/>") -> bytes:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table", "draw")
    )
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {spaces}><office:body>{body}</office:body>"
            "</office:document-content>",
            "META-INF/manifest.xml": manifest,
        },
        stored=["mimetype"],
    )


def pdf(*pages: str, compress: bool = True) -> bytes:
    """A page for each text, one line a page. An empty text makes a page without any."""
    contents = [f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode() if text else b"0 0 9 9 re f" for text in pages]
    return pdf_of_streams(
        [zlib.compress(one) if compress else one for one in contents], "/FlateDecode" if compress else ""
    )


def pdf_of_streams(streams: Sequence[bytes], filters: str) -> bytes:
    """A page for each content stream, which is filtered already."""
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(streams)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(streams)} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for at, stream in enumerate(streams):
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * at} 0 R"
        objects.append(f"{page} /Resources << /Font << /F1 3 0 R >> >> >>".encode())
        named = f" /Filter {filters}" if filters else ""
        objects.append(f"<< /Length {len(stream)}{named} >>\nstream\n".encode() + stream + b"\nendstream")
    return pdf_of_objects(objects)


def pdf_of_objects(objects: Sequence[bytes], trailer: str = "") -> bytes:
    """With a cross-reference table that is right; the first object is the catalog."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n".encode() + content + b"\nendobj\n")
    table = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.write(b"".join(f"{place:010d} 00000 n \n".encode() for place in places))
    out.write(f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{table}\n%%EOF\n".encode())
    return out.getvalue()


def png(width: int = 3, height: int = 2, size: int = 0) -> bytes:
    """`size`: bytes to fill it up to."""
    header = struct.pack(">II5B", width, height, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    return (b"\x89PNG\r\n\x1a\n" + chunk).ljust(size, b"\x01")


def jpeg(width: int = 640, height: int = 480) -> bytes:
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + b"JFIF\x00" + bytes(9) + frame + b"\xff\xda"


def gif(width: int = 10, height: int = 20) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x00\x00\x00;"


def webp(width: int = 100, height: int = 50) -> bytes:
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x00\x00\x00\x00" + sizes
    return b"RIFF" + struct.pack("<I", len(body)) + body


MESSAGE = b"""\
From: =?utf-8?q?Ann_L=C3=A9e?= <ann@example.org>
To: Bob <bob@example.org>
Subject: =?iso-8859-1?q?Gr=FC=DFe?=
Date: Mon, 30 Nov 2026 09:12:00 +0100
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=a

--a
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe in plain.
--b
Content-Type: text/html

<p>Html version</p>
--b--
--a
Content-Type: application/pdf; name="bill.pdf"
Content-Disposition: attachment; filename="bill.pdf"
Content-Transfer-Encoding: base64

JVBERi0=
--a
Content-Type: message/rfc822

From: carol@example.org
Subject: inner

Inner text.
--a--
"""
