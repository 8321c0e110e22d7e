"""An office file's ZIP (ISO/IEC 21320-1): named members as bounded streams. Nothing is ever written to a disk."""

import codecs
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import IO

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.errors import Bomb, CannotRead

codecs.lookup("cp437")  # of members' names; imported now, while files may still be opened
_DIRECTORY_ENTRY = b"PK\x01\x02"
_HONEST = 4_000_000
"""Bytes of one member up to which its ratio does not matter."""
_GROWS = "This {} grows past what is allowed when it is unpacked."


class Archive:
    """Raises Bomb for more members than allowed, CannotRead for a password, zipfile.BadZipFile for damage."""

    def __init__(self, data: bytes, word: str, bounds: Bounds) -> None:
        # Before zipfile makes an object of each: 10 MB hold 200,000.
        if data.count(_DIRECTORY_ENTRY) > bounds.members:
            raise Bomb(f"This {word} has more parts than are read.")
        self.word = word
        self._bounds = bounds
        self._zip = zipfile.ZipFile(BytesIO(data))
        self._left = bounds.inflated_bytes
        self._elements_left = bounds.elements

    def has(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def names(self) -> Iterator[str]:
        return iter(self._zip.NameToInfo)

    def open(self, name: str) -> "Member":
        """Raises CannotRead where there is no such member, or none that is deflated or stored."""
        info = self._zip.NameToInfo.get(name)
        if info is None:
            raise CannotRead(f"This {self.word} is damaged: a part of it is missing.")
        if info.flag_bits & 0x1:
            raise CannotRead(f"This {self.word} is encrypted: it opens with a password only.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise CannotRead(f"This {self.word} is packed in a way that is not read.")
        return Member(self, self._zip.open(info), info.compress_size)

    def count(self, elements: int) -> None:
        """Raises Bomb."""
        self._elements_left -= elements
        if self._elements_left < 0:
            raise Bomb(_GROWS.format(self.word))

    def spend(self, inflated: int, of_member: int, packed: int) -> None:
        """Counts what was inflated. Raises Bomb."""
        self._left -= inflated
        if self._left < 0 or (of_member > _HONEST and of_member > packed * self._bounds.ratio):
            raise Bomb(_GROWS.format(self.word))


class Member:
    """A stream that counts."""

    def __init__(self, archive: Archive, stream: IO[bytes], packed: int) -> None:
        self._archive = archive
        self._stream = stream
        self._packed = max(packed, 1)
        self._inflated = 0

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end. Raises Bomb."""
        data = self._stream.read(size)
        self._inflated += len(data)
        self._archive.spend(len(data), self._inflated, self._packed)
        return data
