"""Hostile attachments, each with a name: bombs, loops, depth, entities, traversal."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

from tests.attachments.documents import (
    docx,
    open_document,
    paragraph,
    pdf_of_objects,
    pdf_of_streams,
    pptx,
    relations,
    xlsx,
    zipped,
)

_LOL = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
BILLION_LAUGHS = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "lol">{_LOL}]><w>&l9;</w>'
QUADRATIC = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "{"a" * 50_000}">]><w>{"&a;" * 50_000}</w>'
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><w><t>&x;</t></w>'
EXTERNAL_DTD = '<?xml version="1.0"?><!DOCTYPE w SYSTEM "http://127.0.0.1:9/x.dtd"><w/>'


def _word(document: str | bytes) -> bytes:
    return zipped({"[Content_Types].xml": "", "word/document.xml": document})


def zip_bomb() -> bytes:
    return _word(b"<w>" + b" " * 100_000_000 + b"</w>")


def zip_bomb_of_many_members() -> bytes:
    """Each is honest, all together are not; and they overlap, as far as the directory says."""
    slide = '<p:sp xmlns:p="p"><a:p xmlns:a="a">' + "<a:r/>" * 400_000 + "</a:p></p:sp>"
    return pptx(*[slide] * 60)


def many_members() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr("word/document.xml", "<w/>")
        for at in range(60_000):
            archive.writestr(zipfile.ZipInfo(f"{at}"), b"")
    return out.getvalue()


def nested_zips() -> bytes:
    data = zipped({"a.txt": "x"})
    for level in range(20):
        data = zipped({f"{level}.zip": data})
    return data


def members_that_leave_the_folder() -> bytes:
    return docx(paragraph("inside"), **{"..__..__..__etc__passwd": "x", "__tmp__evil": "x"})


def a_relationship_that_leaves_the_archive() -> bytes:
    return zipped(
        {
            "[Content_Types].xml": "",
            "xl/workbook.xml": '<workbook xmlns:r="http://x/relationships"><sheets><sheet name="a" r:id="r1"/></sheets>'
            "</workbook>",
            "xl/_rels/workbook.xml.rels": relations(r1=("worksheet", "../../../../etc/passwd")),
        }
    )


def directory_that_lies() -> bytes:
    """The size that it names is 1; deflated it is 100 MB."""
    data = bytearray(zip_bomb())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 1)
    return bytes(data)


def lzma_member() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr("word/document.xml", b"<w>" + bytes(1_000_000))
    return out.getvalue()


def million_cells() -> bytes:
    return xlsx("".join(f"<row>{'<c><v>1</v></c>' * 1000}</row>" for _ in range(1000)))


def million_empty_cells() -> bytes:
    """They fill no window, so that only their number can end it."""
    return xlsx(f"<row>{'<c/>' * 1000}</row>" * 2000)


def million_shared_strings() -> bytes:
    return xlsx("", shared=[""] * 2_000_000)


def repeated_cells() -> bytes:
    row = '<table:table-row table:number-rows-repeated="1048576">'
    cell = '<table:table-cell table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
    return open_document(
        "spreadsheet", f"<office:spreadsheet><table:table>{f'{row}{cell}</table:table-row>' * 50_000}</table:table>"
        "</office:spreadsheet>"
    )  # fmt: skip


def spaces() -> bytes:
    line = '<text:p><text:s text:c="99999"/>x</text:p>'
    return open_document("text", f"<office:text>{line * 20_000}</office:text>")


def deep_xml() -> bytes:
    return _word("<w>" * 200_000 + "</w>" * 200_000)


def one_long_attribute() -> bytes:
    return _word(b'<w a="' + bytes(range(65, 91)) * 1_500_000 + b'"/>')


def many_attributes() -> bytes:
    return _word("<w " + " ".join(f'a{at}="{at}"' for at in range(500_000)) + "/>")


def cut_everywhere() -> Iterator[bytes]:
    whole = xlsx("<row><c><v>1</v></c></row>" * 100)
    return (whole[: len(whole) * part // 12] for part in range(1, 12))


# ---------------------------------------------------------------- PDF


def flate_bomb() -> bytes:
    return pdf_of_streams([zlib.compress(bytes(100_000_000), 9)], "/FlateDecode")


def flate_bomb_twice() -> bytes:
    once = zlib.compress(bytes(100_000_000), 9)
    return pdf_of_streams([zlib.compress(zlib.compress(once, 9), 9)], "[/FlateDecode /FlateDecode /FlateDecode]")


def many_filters() -> bytes:
    return pdf_of_streams([b"x" * 100], "[" + "/ASCIIHexDecode " * 100_000 + "]")


def run_length_bomb() -> bytes:
    return pdf_of_streams([b"\x81A" * 1_000_000 + b"\x80"], "/RunLengthDecode")


def xref_loop() -> bytes:
    """The table names itself as the one before it."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 0 /Kids [] >>"]
    table = pdf_of_objects(objects).rindex(b"xref\n0")
    return pdf_of_objects(objects, f"/Prev {table}")


def page_tree_cycle() -> bytes:
    return pdf_of_objects([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 9 /Kids [2 0 R 2 0 R] >>"])


def page_tree_that_doubles() -> bytes:
    """Forty levels, each of which names the next one twice: 2**40 pages."""
    nodes = [f"<< /Type /Pages /Count 2 /Kids [{at + 3} 0 R {at + 3} 0 R] >>".encode() for at in range(40)]
    return pdf_of_objects([b"<< /Type /Catalog /Pages 2 0 R >>", *nodes, b"<< /Type /Page >>"])


def deep_arrays() -> bytes:
    return pdf_of_objects([b"<< /Type /Catalog /Pages " + b"[" * 200_000 + b"]" * 200_000 + b" >>"])


def huge_array() -> bytes:
    return pdf_of_objects(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 1 /Kids [" + b"3 0 R " * 1_500_000 + b"] >>"]
    )


def deep_arrays_in_a_page() -> bytes:
    return pdf_of_streams([b"[" * 1_000_000], "")


def endless_operators() -> bytes:
    return pdf_of_streams([zlib.compress(b"BT (a) Tj ET " * 1_200_000)], "/FlateDecode")


def forms_that_draw_each_other() -> bytes:
    """Each of thirty draws the next one twice."""

    def form(at: int) -> bytes:
        body = f"/X{at + 1} Do /X{at + 1} Do".encode()
        entries = f"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length {len(body)}"
        names = f"/Resources << /XObject << /X{at + 1} {at + 5} 0 R >> >>"
        return f"<< {entries} {names} >>\nstream\n".encode() + body + b"\nendstream"

    page = b"<< /Type /Page /Parent 2 0 R /Contents 3 0 R /Resources << /XObject << /X0 4 0 R >> >> >>"
    content = b"<< /Length 6 >>\nstream\n/X0 Do\nendstream"
    pages = b"<< /Type /Pages /Count 1 /Kids [34 0 R] >>"
    return pdf_of_objects([b"<< /Type /Catalog /Pages 2 0 R >>", pages, content, *map(form, range(30)), page])


def huge_cross_reference() -> bytes:
    return b"%PDF-1.4\nxref\n0 99999999\n" + b"0000000000 65535 f \n" * 400_000 + b"trailer\n<<>>\nstartxref\n9\n%%EOF"


def no_cross_reference() -> bytes:
    """All objects have to be looked for."""
    return b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n<<>>\nendobj\n" % at for at in range(300_000)) + b"startxref\n9\n%%EOF"


# ---------------------------------------------------------------- text and mail


def long_address_header() -> bytes:
    return b"To: " + b"\n ".join([b'"' + b"a" * 60 + b'" <a@b.c>,'] * 150) + b"\n\nx"


def deep_multiparts() -> bytes:
    return b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (at, at) for at in range(5_000))


def comments_in_an_address() -> bytes:
    return b"From: " + b"(" * 3_000 + b"\n\nx"


def encoded_words() -> bytes:
    return b"Subject: " + b"=?utf-8?q?" * 700 + b"\n\nx"


def content_type_of_many_parameters() -> bytes:
    return b"Content-Type: text/plain" + b";a*0*=x" * 1_000 + b"\n\nx"


def page_of_open_tags() -> bytes:
    return b'<html><a href="' * 600_000


def page_of_signs() -> bytes:
    return b"<html>" + b"<" * 9_000_000


def page_of_scripts() -> bytes:
    return b"<html>" + b"<script>" * 1_000_000


def page_of_comments() -> bytes:
    return b"<html>" + b"<!--" * 2_000_000


def table_of_quotes() -> bytes:
    return b'a,b\n"' + b'""' * 4_900_000


def calendar_of_folds() -> bytes:
    return b"BEGIN:VCALENDAR\n" + b"PHOTO;" + b"\n :" * 3_000_000


def jpeg_of_fill_bytes() -> bytes:
    return b"\xff" * 3 + b"\xff" * 999_000


ALL: dict[str, Callable[[], bytes]] = {
    "billion laughs": lambda: _word(BILLION_LAUGHS),
    "quadratic blowup": lambda: _word(QUADRATIC),
    "external entity": lambda: _word(EXTERNAL),
    "external DTD": lambda: _word(EXTERNAL_DTD),
    "billion laughs in UTF-16": lambda: _word(BILLION_LAUGHS.replace("?>", ' encoding="utf-16"?>', 1).encode("utf-16")),
    **{
        made.__name__.replace("_", " "): made
        for made in (
            zip_bomb, zip_bomb_of_many_members, many_members, nested_zips, members_that_leave_the_folder,
            a_relationship_that_leaves_the_archive, directory_that_lies, lzma_member, million_cells,
            million_empty_cells, million_shared_strings, repeated_cells, spaces, deep_xml, one_long_attribute,
            many_attributes, flate_bomb, flate_bomb_twice, many_filters, run_length_bomb, xref_loop, page_tree_cycle,
            page_tree_that_doubles, deep_arrays, huge_array, deep_arrays_in_a_page, endless_operators,
            forms_that_draw_each_other, huge_cross_reference, no_cross_reference, long_address_header,
            deep_multiparts, comments_in_an_address, encoded_words, content_type_of_many_parameters,
            page_of_open_tags, page_of_signs, page_of_scripts, page_of_comments, table_of_quotes, calendar_of_folds,
            jpeg_of_fill_bytes,
        )
    },
}  # fmt: skip
MAIL = {
    "long address header", "deep multiparts", "comments in an address", "encoded words",
    "content type of many parameters",
}  # fmt: skip
