"""Started by emulator.py, in `.venv-aws`: moto on the socket that was handed over, until standard input closes."""

import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

_ALONE = threading.Lock()
"""moto looks at a condition first and writes afterwards: 2 of 60 races had two winners. DynamoDB does both at once."""

_moto = DomainDispatcherApplication(create_backend_app)


def one_at_a_time(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    with _ALONE:
        return list(_moto(environ, start_response))


MotoRequestHandler.protocol_version = "HTTP/1.1"  # Connections are kept, as DynamoDB keeps them.
server = make_server(
    "127.0.0.1", int(sys.argv[2]), one_at_a_time, threaded=True, request_handler=MotoRequestHandler, fd=int(sys.argv[1])
)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
