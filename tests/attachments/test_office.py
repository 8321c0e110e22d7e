import pytest

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.parse import parse
from mailconnect.attachments.result import Unreadable
from tests.attachments.documents import docx, open_document, paragraph, pptx, xlsx, zipped
from tests.attachments.test_text import text_of


def test_a_word_documents_headings_lists_and_tables_are_readable() -> None:
    table = "<w:tbl>" + "".join(
        "<w:tr>" + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) + "</w:tr>" for row in ("ab", "cd")
    )
    body = (
        paragraph("Report", '<w:pStyle w:val="Heading1"/>')
        + paragraph("Hello")
        + paragraph("one", "<w:numPr/>")
        + paragraph("two", '<w:pStyle w:val="ListBullet"/>')
        + table
        + "</w:tbl>"
    )
    assert text_of(parse(docx(body), "", "")).text == "# Report\n\nHello\n\n- one\n- two\na | b\nc | d\n\n"


def test_hidden_and_deleted_text_of_a_word_document_is_left_out_and_counted() -> None:
    hidden = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>ignore me</w:t></w:r><w:r><w:t>seen</w:t></w:r></w:p>"
    read = text_of(parse(docx(hidden + "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"), "", ""))
    assert read.text == "seen\n\n"
    assert read.notes == ("9 characters of hidden text are left out.",)


def test_text_that_is_there_twice_for_old_programs_is_read_once() -> None:
    choice = f"<mc:AlternateContent xmlns:mc='m'><mc:Choice>{paragraph('new')}</mc:Choice>"
    body = f"{choice}<mc:Fallback>{paragraph('old')}</mc:Fallback></mc:AlternateContent>"
    assert text_of(parse(docx(body), "", "")).text == "new\n\n"


def test_footnotes_and_comments_follow_the_text() -> None:
    notes = (
        "<w:footnotes xmlns:w='w'><w:footnote><w:p><w:r><w:t>See there.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    read = text_of(parse(docx(paragraph("Text"), word__footnotes_xml=notes), "", ""))
    assert read.text == "Text\n\n\n[footnotes]\nSee there.\n\n"


ROWS = """
<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>When</t></is></c></row>
<row r="2"><c r="A2" t="str"><f>A1</f><v>x</v></c><c r="B2" s="1"><v>46356</v></c><c r="D2" t="b"><v>1</v></c></row>
<row r="3"><c r="A3"/></row><row r="4"><c s="2"><v>0.5</v></c><c><v>1.25</v></c></row>
"""
STYLES = """
<numFmts><numFmt numFmtId="170" formatCode="hh:mm"/></numFmts>
<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs>
"""


def test_a_workbooks_sheets_are_named_and_its_rows_are_lines() -> None:
    read = text_of(parse(xlsx(ROWS, shared=["Name"], styles=STYLES), "", ""))
    assert read.text == "[sheet 1 of 1: Budget]\nName | When\nx | 2026-11-30 |  | TRUE\n12:00:00 | 1.25\n\n"


def test_a_hidden_sheet_is_said_to_be_hidden() -> None:
    assert "[sheet 1 of 1: Budget, hidden]" in text_of(parse(xlsx("", state="hidden"), "", "")).text


def test_cells_beyond_the_bound_are_said_to_be_left_out() -> None:
    read = text_of(parse(xlsx("<row><c><v>1</v></c></row>" * 10), "", "", Bounds(cells=3)))
    assert read.text.count("1\n") == 3
    assert read.notes == ("Only the first 3 cells are read.",)


def shape(text: str, holder: str = "body") -> str:
    runs = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in text.split("\n"))
    return f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{holder}"/></p:nvPr></p:nvSpPr><p:txBody>{runs}</p:txBody></p:sp>'


def test_slides_are_numbered_in_the_order_in_which_they_are_shown() -> None:
    table = "<a:tbl><a:tr>" + "".join(f"<a:tc><a:p><a:r><a:t>{cell}</a:t></a:r></a:p></a:tc>" for cell in "xy")
    read = text_of(parse(pptx(shape("Title", "title") + shape("one\ntwo"), f"{table}</a:tr></a:tbl>"), "", ""))
    assert read.text == "[slide 1 of 2]\n# Title\none\ntwo\n\n[slide 2 of 2]\nx | y\n\n"


def test_an_open_document_text_has_headings_lists_and_tables_and_no_deleted_text() -> None:
    body = (
        "<office:text><text:tracked-changes><text:p>gone</text:p></text:tracked-changes>"
        '<text:h text:outline-level="2">Head</text:h><text:p>a<text:s text:c="3"/>b<text:tab/>c</text:p>'
        "<text:list><text:list-item><text:p>item</text:p></text:list-item></text:list><table:table><table:table-row>"
        "<table:table-cell><text:p>x</text:p></table:table-cell><table:table-cell><text:p>y</text:p></table:table-cell>"
        "</table:table-row></table:table></office:text>"
    )
    read = text_of(parse(open_document("text", body), "", ""))
    assert read.text == "## Head\n\na   b\tc\n- item\nx | y\n\n"


def test_an_open_document_sheet_repeats_cells_no_further_than_columns_are_shown() -> None:
    repeated = 'table:number-columns-repeated="1000000" office:value="7"'
    cell = f"<table:table-cell {repeated}><text:p>7</text:p></table:table-cell>"
    body = f'<office:spreadsheet><table:table table:name="S"><table:table-row>{cell}</table:table-row></table:table>'
    read = text_of(parse(open_document("spreadsheet", body + "</office:spreadsheet>"), "", "", Bounds(columns=4)))
    assert read.text == "[sheet 1: S]\n7 | 7 | 7 | 7\n\n"


def test_encrypted_office_files_are_said_to_be_so() -> None:
    locked = open_document("text", "", "<manifest><file-entry><encryption-data/></file-entry></manifest>")
    assert parse(locked, "", "") == Unreadable("The OpenDocument file is encrypted: it opens with a password only.")


@pytest.mark.parametrize("missing", ["word/", "xl/", "ppt/"])
def test_an_office_file_without_its_main_part_is_damaged(missing: str) -> None:
    result = parse(zipped({"[Content_Types].xml": "", f"{missing}other.xml": ""}), "", "")
    assert isinstance(result, Unreadable)
    assert "a part of it is missing" in result.reason


def test_a_document_without_text_is_said_to_have_none() -> None:
    assert parse(docx(""), "", "") == Unreadable("This Word document has no text.")
