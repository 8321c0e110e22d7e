"""An attachment's bytes to text, to one image, or to the reason why not. Pure, and bounded but for time."""

from importlib import import_module

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.errors import CannotRead, TimeIsUp
from mailconnect.attachments.kind import IMAGE, AttachmentKind, kind_of
from mailconnect.attachments.media_type import media_type
from mailconnect.attachments.result import AttachmentImage, AttachmentText, Result, Unreadable
from mailconnect.attachments.window import Full, Window

_NO_TIME = "Reading stopped here: the rest takes longer than is allowed."


def parse(data: bytes, declared: str, name: str, bounds: Bounds = Bounds(), *, offset: int = 0) -> Result:  # noqa: B008
    """Never raises. `declared`: the part's Content-Type; `name`: its file name; both only break ties.

    The text begins at `offset` characters.
    """
    if not data:
        return Unreadable("The attachment is empty.")
    if len(data) > bounds.input_bytes:
        return Unreadable(f"The attachment is larger than {bounds.input_bytes // 1_000_000} MB, the most that is read.")
    kind = AttachmentKind("attachment")
    try:
        kind = kind_of(data, media_type(declared), name)
        if kind is IMAGE:
            return _image(data, bounds)
        return _text(data, kind, declared, bounds, max(0, offset))
    except CannotRead as refused:
        return Unreadable(refused.reason)
    except MemoryError:
        return Unreadable(f"This {kind.word} needs more memory to read than is allowed.")
    except TimeIsUp:
        return Unreadable(f"This {kind.word} takes longer to read than is allowed.")
    except RecursionError:
        return Unreadable(f"This {kind.word} is nested too deeply to read.")
    except Exception:  # noqa: BLE001 - a sender's bytes may make a parser raise anything
        return Unreadable(f"This {kind.word} is damaged, or is not what it looks like. It could not be read.")


def prepare(data: bytes, declared: str, name: str) -> None:
    """Imports what `parse` will need, while files may still be opened. Never raises."""
    declares = media_type(declared)
    room = kind_of(data, declares, name).room
    if room is not None:
        prepared = getattr(import_module(f"mailconnect.attachments.formats.{room}"), "prepare", None)
        if prepared is not None:
            prepared(data, declares.charset)


def _image(data: bytes, bounds: Bounds) -> AttachmentImage:
    from mailconnect.attachments.formats.image import header  # noqa: PLC0415 - each kind imports only what it needs

    head = header(data)
    if len(data) > bounds.image_bytes:
        size = f"{head.width} x {head.height} pixels, {len(data) / 1_000_000:.1f} MB"
        maximum = f"{bounds.image_bytes / 1_000_000:g} MB"
        raise CannotRead(f"The image ({size}) is larger than {maximum}, the most that can be shown.")
    return AttachmentImage(head.media_type, data, head.width, head.height)


def _text(data: bytes, kind: AttachmentKind, declared: str, bounds: Bounds, offset: int) -> AttachmentText:
    if kind.room is None:
        raise CannotRead(f"This is a file of this kind: {kind.word}. Its content is not read.")
    read = import_module(f"mailconnect.attachments.formats.{kind.room}").read
    window = Window(offset, bounds.characters)
    cut = False
    try:
        read(data, media_type(declared).charset, window, bounds)
    except Full:
        cut = True
    except TimeIsUp:
        if window.is_empty:
            raise
        window.note(_NO_TIME)
    result = window.result(kind.word, cut=cut)
    if not cut and not result.text.strip() and not offset:
        raise CannotRead(" ".join((f"This {kind.word} has no text.", *window.notes)))
    return result
