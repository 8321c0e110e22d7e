"""Stands before a bridge as a reverse proxy does, and notes what a client sends that cannot be asked for it."""

import contextlib
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import BytesParser
from socket import create_connection
from typing import Self
from urllib.parse import parse_qs, urlsplit

TESTS_OWN = "mailconnect's tests"
"""The User-Agent of the tests and of the person's browser: their requests are not the client's, and not noted."""


class Relay(socketserver.ThreadingTCPServer):
    """`target` is the bridge's port, set before the first request comes."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Passage)
        self.target = 0
        self.renames_challenges = False
        """As API Gateway does: clients then find the metadata at its well-known address."""
        self.sent: list[str] = []
        self._noting = threading.Lock()

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[Self]:
        with cls() as relay:
            thread = threading.Thread(target=relay.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield relay
            finally:
                relay.shutdown()
                thread.join()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def listen(self) -> list[str]:
        """What is sent from now on, in the order of sending; whatever is still on its way belongs to an older list."""
        self.sent = []
        return self.sent

    def note(self, request: str) -> "_Note":
        with self._noting:
            self.sent.append(f"{request} without answer")
            return _Note(self.sent, len(self.sent) - 1, request)


class _Note:
    def __init__(self, sent: list[str], place: int, request: str) -> None:
        self._sent, self._place, self._request = sent, place, request

    def answered(self, status: str) -> None:
        self._sent[self._place] = f"{self._request} {status}"


class _Passage(socketserver.StreamRequestHandler):
    """One request, on a connection that ends with it."""

    server: Relay

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # the client has ended; its request stays without answer
            self._pass_on()

    def _pass_on(self) -> None:
        request_line = self.rfile.readline()
        if not request_line:
            return
        head = b"".join(iter(self.rfile.readline, b"\r\n"))
        headers = BytesParser().parsebytes(head, headersonly=True)
        body = self.rfile.read(int(headers.get("content-length", "0")))
        assert "transfer-encoding" not in headers, "no client is known to send chunks"
        note = None
        if headers.get("user-agent") != TESTS_OWN:
            note = self.server.note(_told(request_line, headers, body))
        kept = [line for line in head.splitlines(keepends=True) if not line.lower().startswith(b"connection:")]
        with create_connection(("127.0.0.1", self.server.target)) as bridge:
            bridge.sendall(b"".join((request_line, *kept, b"connection: close\r\n\r\n", body)))
            with bridge.makefile("rb") as answer:
                status_line = answer.readline()
                if note:
                    note.answered(status_line.split()[1].decode())
                self.wfile.write(status_line)
                while self.server.renames_challenges and (line := answer.readline()):
                    renamed = line.lower().startswith(b"www-authenticate:")
                    self.wfile.write(b"x-amzn-remapped-" + line if renamed else line)
                    if line == b"\r\n":
                        break
                while octets := answer.read1(65_536):
                    self.wfile.write(octets)


def _told(request_line: bytes, headers: Message, body: bytes) -> str:
    method, target, _ = request_line.decode("latin-1").split()
    matter: list[str] = []
    if headers.get_content_type() == "application/x-www-form-urlencoded":
        matter = parse_qs(body.decode()).get("grant_type", [])
    elif urlsplit(target).path == "/mcp" and body:
        matter = [json.loads(body)["method"]]
    return " ".join([method, urlsplit(target).path, *matter])
