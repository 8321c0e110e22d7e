"""Proxies on loopback in front of Cyrus that count a server's JMAP requests and IMAP commands."""

import json
import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import perf_counter
from typing import Any

_COMMAND = re.compile(rb"^[A-Za-z0-9.]+ (?:UID )?[A-Za-z]+")
_NOT_ASKING = re.compile(rb"^\S+ (?:NOOP|LOGOUT|CAPABILITY|ID)\b", re.IGNORECASE)
_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"})


@dataclass(slots=True)
class Counter:
    """`waited`: seconds that the provider took. `kept`: bodies of POST, to be sent again without the server."""

    port: int = 0
    requests: int = 0
    waited: float = 0.0
    kept: list[bytes] = field(default_factory=list)

    def reset(self) -> None:
        self.requests, self.waited = 0, 0.0
        self.kept.clear()


class _Jmap(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_HttpServer"

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def log_message(self, *_: Any) -> None:
        pass

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        counter = self.server.counter
        began = perf_counter()
        connection = self.server.connection()
        headers = {
            name: value for name, value in self.headers.items() if name.lower() not in {"host", "accept-encoding"}
        }
        connection.request(self.command, self.path, body or None, headers)
        wire = connection.sock  # the connection drops it after its last response
        answer = connection.getresponse()
        content = b"".join(_parts(answer, wire))
        counter.requests += 1
        counter.waited += perf_counter() - began
        if self.command == "POST":
            counter.kept.append(body)
            if b'"Identity/get"' in body:
                content = self._with_address(content)
        elif content.startswith(b"{") and b'"apiUrl"' in content:
            content = self._absolute(content)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _absolute(self, content: bytes) -> bytes:
        """Cyrus sends relative URLs, which RFC 8620 §2 does not allow and clients do not expect."""
        session = json.loads(content)
        here = f"http://127.0.0.1:{self.server.counter.port}"
        for name in ("apiUrl", "downloadUrl", "uploadUrl", "eventSourceUrl"):
            if str(session.get(name, "")).startswith("/"):
                session[name] = here + session[name]
        session["username"] = self.server.address
        return json.dumps(session).encode()

    def _with_address(self, content: bytes) -> bytes:
        """Adds the owner's address, which this Cyrus does not know and a real provider does."""
        answer = json.loads(content)
        for name, arguments, _ in answer.get("methodResponses", ()):
            for identity in arguments["list"] if name == "Identity/get" else ():
                identity.update(email=self.server.address, name=self.server.name)
        return json.dumps(answer).encode()


def _parts(answer: HTTPResponse, wire: socket.socket) -> Iterator[bytes]:
    """Each acknowledged at once, or Cyrus waits 40 ms before it sends the next."""
    while True:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = answer.read1(65536)
        if not part:
            answer.read()  # by read1 alone it does not notice its end
            return
        yield part


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, counter: Counter, target: int, name: str, address: str) -> None:
        super().__init__(("127.0.0.1", 0), _Jmap)
        self.counter = counter
        self.name, self.address = name, address
        self._target = target
        self._of_thread = threading.local()

    def connection(self) -> HTTPConnection:
        """One for each connection of the server's, kept alive as that is."""
        kept: HTTPConnection | None = getattr(self._of_thread, "kept", None)
        if kept is None:
            kept = self._of_thread.kept = HTTPConnection("127.0.0.1", self._target)
            kept.connect()
            kept.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return kept


class _Imap(socketserver.BaseRequestHandler):
    server: "_TcpServer"

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.target)) as provider:
            for one in (self.request, provider):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=_pump, args=(provider, self.request), daemon=True)
            back.start()
            while data := _received(self.request):
                self.server.counter.requests += sum(map(_asks, data.split(b"\r\n")))
                provider.sendall(data)


class _TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, counter: Counter, target: int) -> None:
        super().__init__(("127.0.0.1", 0), _Imap)
        self.counter = counter
        self.target = target


def _asks(line: bytes) -> bool:
    """Whether the line begins an IMAP command that requests something."""
    return bool(_COMMAND.match(line)) and not _NOT_ASKING.match(line)


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data.replace(b" COMPRESS=DEFLATE", b""))  # what is compressed cannot be counted
    except OSError:
        pass


@contextmanager
def jmap(target: int, name: str, address: str) -> Iterator[Counter]:
    """`name` and `address` are the owner's."""
    counter = Counter()
    with _HttpServer(counter, target, name, address) as server:
        yield from _served(server, counter)


@contextmanager
def imap(target: int) -> Iterator[Counter]:
    counter = Counter()
    with _TcpServer(counter, target) as server:
        yield from _served(server, counter)


def _served(server: socketserver.TCPServer, counter: Counter) -> Iterator[Counter]:
    counter.port = int(server.socket.getsockname()[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield counter
    finally:
        server.shutdown()
        thread.join()
