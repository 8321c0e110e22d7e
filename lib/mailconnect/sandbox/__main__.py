"""python -m sandbox: the sandbox on this machine's loopback interface, until it is interrupted."""

import base64
import binascii
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import uvicorn

from mailconnect.sandbox.app import create_app
from mailconnect.sandbox.settings import RealServer, Settings, SettingsError, mailconnect_of, persona_of, port_of

HOST = "127.0.0.1"


def real_server_of(environment: Mapping[str, str]) -> RealServer | None:
    """SANDBOX_JMAP is a session URL; SANDBOX_JMAP_KEY a file with the base64 of the key its tokens are signed with."""
    url = environment.get("SANDBOX_JMAP", "")
    if not url:
        return None
    try:
        key = base64.b64decode(Path(environment.get("SANDBOX_JMAP_KEY", "")).read_text("ascii"))
    except (OSError, UnicodeError, binascii.Error) as error:
        raise SettingsError("SANDBOX_JMAP needs SANDBOX_JMAP_KEY, a file with the base64 of its key") from error
    return RealServer(url, key)


def bound(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)  # a reader of the announcement may connect at once
    except OSError as error:
        listener.close()
        raise SettingsError(f"port {port} is taken; MAILCONNECT_SANDBOX_PORT names another") from error
    return listener


def main(environment: Mapping[str, str]) -> int:
    try:
        real_server = real_server_of(environment)
        client = mailconnect_of(environment)
        persona = persona_of(environment)
        listener = bound(port_of(environment))
    except SettingsError as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2
    issuer = f"http://{HOST}:{listener.getsockname()[1]}"
    data = environment.get("SANDBOX_DATA", "")
    settings = Settings(issuer=issuer, clients=(client,), data=data, real_server=real_server, persona=persona)
    # uvicorn raises what it caught once more after its clean stop; by then there is nothing left to stop
    for caught in (signal.SIGINT, signal.SIGTERM):
        signal.signal(caught, lambda _signal, _frame: None)
    config = uvicorn.Config(create_app(settings), log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    sys.stdout.write(f"sandbox: {issuer} (alice and bob, password secret)\n")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
