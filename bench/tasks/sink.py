"""An SMTP server on loopback that accepts every message and delivers none; clients may sign in (RFC 5321, RFC 4954)."""

import base64
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_HELLO = "250-127.0.0.1\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN"


@dataclass(frozen=True, slots=True)
class Taken:
    recipients: tuple[str, ...]
    raw: bytes


@dataclass(slots=True)
class Sink:
    """`taken` are the messages in the order in which they left."""

    port: int = 0
    taken: list[Taken] = field(default_factory=list)


class _Conversation(socketserver.StreamRequestHandler):
    server: "_Server"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        recipients: list[str] = []
        self._say("220 127.0.0.1 ESMTP")
        while line := self.rfile.readline().decode("latin-1").strip():
            verb = line.partition(" ")[0].upper()
            if verb in {"EHLO", "HELO"}:
                self._say(_HELLO)
            elif verb == "AUTH":
                self._sign_in(line)
            elif verb == "RCPT":
                recipients.append(line.partition("<")[2].partition(">")[0])
                self._say("250 ok")
            elif verb == "DATA":
                self._say("354 go on")
                self.server.sink.taken.append(Taken(tuple(recipients), self._message()))
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                if verb in {"MAIL", "RSET"}:
                    recipients = []
                self._say("250 ok")

    def _sign_in(self, line: str) -> None:
        """Any name and password."""
        words = line.split()
        prompts = [] if len(words) > 2 else [""]
        if words[1].upper() == "LOGIN":
            prompts = ["Username:", "Password:"][len(words) - 2 :]
        for prompt in prompts:
            self._say(f"334 {base64.b64encode(prompt.encode()).decode()}")
            self.rfile.readline()
        self._say("235 ok")

    def _message(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, reply: str) -> None:
        self.wfile.write(f"{reply}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, sink: Sink) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.sink = sink


@contextmanager
def started() -> Iterator[Sink]:
    sink = Sink()
    with _Server(sink) as server:
        sink.port = int(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join()
