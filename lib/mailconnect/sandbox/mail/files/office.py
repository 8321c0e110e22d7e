"""The smallest DOCX, XLSX, PPTX (ECMA-376) and ODT (OpenDocument 1.2) that office programs open."""

import io
import zipfile
from xml.sax.saxutils import escape

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_OFFICE = "http://schemas.openxmlformats.org"
_RELATIONS = f"{_OFFICE}/officeDocument/2006/relationships"
_MAIN = "application/vnd.openxmlformats-officedocument"


def docx(paragraphs: list[str]) -> bytes:
    body = "".join(f'<w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>' for text in paragraphs)
    document = f'{_XML}<w:document xmlns:w="{_OFFICE}/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>'
    return _package("word/document.xml", f"{_MAIN}.wordprocessingml.document.main+xml", {"word/document.xml": document})


def xlsx(rows: list[list[str | int | float]]) -> bytes:
    """One sheet; texts as inline strings."""
    written = []
    for number, row in enumerate(rows, 1):
        cells = "".join(_cell(f"{chr(65 + column)}{number}", value) for column, value in enumerate(row))
        written.append(f'<row r="{number}">{cells}</row>')
    space = f'xmlns="{_OFFICE}/spreadsheetml/2006/main"'
    sheet = f"{_XML}<worksheet {space}><sheetData>{''.join(written)}</sheetData></worksheet>"
    sheets = '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets>'
    members = {
        "xl/workbook.xml": f'{_XML}<workbook {space} xmlns:r="{_RELATIONS}">{sheets}</workbook>',
        "xl/_rels/workbook.xml.rels": _relations({"worksheet": ["worksheets/sheet1.xml"]}),
        "xl/worksheets/sheet1.xml": sheet,
    }
    types = {"xl/worksheets/sheet1.xml": f"{_MAIN}.spreadsheetml.worksheet+xml"}
    return _package("xl/workbook.xml", f"{_MAIN}.spreadsheetml.sheet.main+xml", members, types)


def pptx(slides: list[list[str]]) -> bytes:
    """A slide is its lines of text."""
    space = (
        f'xmlns:a="{_OFFICE}/drawingml/2006/main" xmlns:p="{_OFFICE}/presentationml/2006/main" xmlns:r="{_RELATIONS}"'
    )
    names = [f"slides/slide{number}.xml" for number in range(1, len(slides) + 1)]
    ids = "".join(f'<p:sldId id="{255 + n}" r:id="rId{n}"/>' for n in range(1, len(slides) + 1))
    members = {
        "ppt/presentation.xml": f"{_XML}<p:presentation {space}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": _relations({"slide": names}),
    }
    for name, lines in zip(names, slides, strict=True):
        text = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in lines)
        shape = f"<p:sp><p:txBody><a:bodyPr/>{text}</p:txBody></p:sp>"
        members[f"ppt/{name}"] = f"{_XML}<p:sld {space}><p:cSld><p:spTree>{shape}</p:spTree></p:cSld></p:sld>"
    types = {f"ppt/{name}": f"{_MAIN}.presentationml.slide+xml" for name in names}
    return _package("ppt/presentation.xml", f"{_MAIN}.presentationml.presentation.main+xml", members, types)


def odt(paragraphs: list[str]) -> bytes:
    kind = "application/vnd.oasis.opendocument.text"
    name = "urn:oasis:names:tc:opendocument:xmlns"
    text = "".join(f"<text:p>{escape(line)}</text:p>" for line in paragraphs)
    content = (
        f'{_XML}<office:document-content xmlns:office="{name}:office:1.0" xmlns:text="{name}:text:1.0" '
        f'office:version="1.2"><office:body><office:text>{text}</office:text></office:body></office:document-content>'
    )
    manifest = (
        f'{_XML}<manifest:manifest xmlns:manifest="{name}:manifest:1.0" manifest:version="1.2">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    return _zipped({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def _cell(reference: str, value: str | float) -> str:
    if isinstance(value, str):
        return f'<c r="{reference}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{reference}"><v>{value}</v></c>'


def _relations(targets: dict[str, list[str]]) -> str:
    pairs = [(kind, target) for kind, listed in targets.items() for target in listed]
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(pairs, 1)
    )
    return f'{_XML}<Relationships xmlns="{_OFFICE}/package/2006/relationships">{listed}</Relationships>'


def _package(main: str, kind: str, members: dict[str, str], types: dict[str, str] | None = None) -> bytes:
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{content}"/>'
        for name, content in {main: kind, **(types or {})}.items()
    )
    content_types = (
        f'{_XML}<Types xmlns="{_OFFICE}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )
    root = {"[Content_Types].xml": content_types, "_rels/.rels": _relations({"officeDocument": [main]})}
    return _zipped({**root, **members})


def _zipped(members: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            info = zipfile.ZipInfo(name)  # of 1980-01-01, so that the bytes are the same every time
            stored = name == "mimetype"
            archive.writestr(info, text.encode(), zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    return packed.getvalue()
