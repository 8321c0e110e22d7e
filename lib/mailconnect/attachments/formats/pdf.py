"""PDF (ISO 32000-2) by pypdf, page by page, with its limits lowered."""

from io import BytesIO
from typing import Any

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.errors import Bomb, CannotRead
from mailconnect.attachments.window import Window

_WORK = 4
"""All filters of one stream together may put out so many times what one of them may."""

_FONT_CHARSETS = ("utf-16-be", "utf-16", "charmap", "latin-1", "cp1252", "gbk", "gb2312", "gb18030", "cp950", "cp932")


def read(data: bytes, charset: str | None, window: Window, bounds: Bounds) -> None:  # noqa: ARG001 - one signature
    """Each page begins with a line `[page 3 of 12]`. A page that pypdf cannot read is said to be so, and skipped."""
    from pypdf import PdfReader, apply_configuration  # noqa: PLC0415 - for a PDF alone: 80 ms
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError  # noqa: PLC0415

    with apply_configuration(**_limits(bounds)):
        try:
            reader = PdfReader(BytesIO(data), root_object_recovery_limit=2_000, xref_stream_maximum_entries=500_000)
            pages = reader.pages
            count = len(pages)
        except (FileNotDecryptedError, DependencyError):
            raise CannotRead("The PDF is encrypted: it opens with a password only.") from None
        except LimitReachedError:
            raise Bomb("The PDF grows past what is allowed when it is opened.") from None
        if not count:
            raise CannotRead("The PDF has no pages.")
        read_pages = min(count, bounds.pages)
        if read_pages < count:
            window.note(f"Only the first {read_pages} of {count} pages are read.")
        damaged = 0
        without_text: list[str] = []
        has_text = False
        for number in range(read_pages):
            mark = f"[page {number + 1} of {count}]\n"
            try:
                text = pages[number].extract_text().strip()
            except MemoryError:
                raise
            except FileNotDecryptedError:
                raise CannotRead("The PDF is encrypted: it opens with a password only.") from None
            except LimitReachedError:
                text, damaged = "[left out: this page grows past what is allowed]", damaged + 1
            except Exception:  # noqa: BLE001 - pypdf raises whatever a broken page leads it to
                text, damaged = "[left out: this page is damaged]", damaged + 1
            if not text:
                without_text.append(f"{mark}[no text]\n\n")
                continue
            has_text = True
            window.write("".join(without_text))
            without_text.clear()
            window.write(f"{mark}{text}\n\n")
        if not has_text:
            raise CannotRead(f"The PDF has no text: its pages, {count} in all, are pictures, such as of a scanner.")
        window.write("".join(without_text))
        if damaged == read_pages:
            raise CannotRead("The PDF is damaged, or made to grow without end: none of its pages could be read.")


def prepare(data: bytes, charset: str | None) -> None:  # noqa: ARG001 - one signature
    """Imports what pypdf imports when it first meets a stream, an inline image, or a font's charset."""
    import codecs  # noqa: PLC0415
    from importlib import import_module  # noqa: PLC0415

    for module in ("pypdf", "pypdf.filters", "pypdf.xmp", "pypdf.generic._image_inline"):
        import_module(module)
    for name in _FONT_CHARSETS:
        codecs.lookup(name)


def _limits(bounds: Bounds) -> dict[str, Any]:
    """Names of pypdf.Configuration."""
    outputs = ("array_based_stream", "lzw", "run_length", "zlib", "brotli")
    return {
        **{f"{name}_maximum_output_length": bounds.page_bytes for name in outputs},
        "maximum_declared_stream_length": bounds.page_bytes,
        "zlib_maximum_recovery_input_length": 500_000,
        "stream_decoding_work_maximum_length": bounds.page_bytes * _WORK,
        "stream_parsing_work_maximum_count": 500_000,
        "page_tree_maximum_entries": 20_000,
        "page_tree_maximum_page_entries": 200_000,
        "xform_maximum_invocations_per_extraction": 500,
        "stream_filters_maximum_length": 4,
        "jbig2dec_binary": None,
    }
