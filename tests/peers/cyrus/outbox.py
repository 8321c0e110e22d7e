"""An SMTP server on loopback that takes every message and delivers none (RFC 5321).

Cyrus has the capability of submission, and with it Identity/get, only where it reaches one.
"""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

_REPLIES = {"EHLO": "250-127.0.0.1\r\n250 SIZE 10485760", "HELO": "250 127.0.0.1", "RSET": "250 ok", "NOOP": "250 ok"}


@dataclass(frozen=True, slots=True)
class Taken:
    recipients: tuple[str, ...]
    raw: bytes


@dataclass(slots=True)
class Outbox:
    """`taken` are the messages in the order in which they left."""

    port: int
    taken: list[Taken] = field(default_factory=list)

    @property
    def settings(self) -> Mapping[str, str]:
        """Lines of imapd.conf(5)."""
        return {"smtp_backend": "host", "smtp_host": f"127.0.0.1:{self.port}/noauth"}

    @classmethod
    @contextmanager
    def started(cls) -> Iterator["Outbox"]:
        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Conversation) as server:
            server.daemon_threads = True
            outbox = cls(int(server.server_address[1]))
            server.outbox = outbox  # type: ignore[attr-defined]
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield outbox
            finally:
                server.shutdown()
                thread.join()


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        recipients: list[str] = []
        self._say("220 127.0.0.1 ESMTP")
        while line := self.rfile.readline().decode("latin-1").strip():
            command = line.upper()
            if command.startswith("RCPT TO:"):
                recipients.append(line[8:].split(">")[0].strip(" <"))
                self._say("250 ok")
            elif command.startswith("MAIL FROM:"):
                recipients = []
                self._say("250 ok")
            elif command == "DATA":
                self._say("354 go on")
                self._take(recipients)
                self._say("250 taken")
            elif command == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say(_REPLIES.get(command.split()[0], "502 no"))

    def _take(self, recipients: list[str]) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.server.outbox.taken.append(Taken(tuple(recipients), b"".join(lines)))  # type: ignore[attr-defined]

    def _say(self, reply: str) -> None:
        self.wfile.write(f"{reply}\r\n".encode())
