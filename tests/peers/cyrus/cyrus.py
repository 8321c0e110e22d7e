"""A private Cyrus IMAP, the JMAP server Fastmail develops, for tests: `python tests/peers/cyrus/cyrus.py start`."""

import argparse
import base64
import hashlib
import hmac
import imaplib
import json
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

if not __package__:  # run as a script: the project's root instead of this folder
    sys.path[0] = str(Path(__file__).resolve().parents[3])

from tests.peers.cyrus import config, master, packages
from tests.peers.cyrus.packages import CyrusUnavailableError
from tests.peers.cyrus.provision import provision

PREFIX = "mailconnect-cyrus-"
_ROOM = 1 << 30  # octets


@dataclass(frozen=True, slots=True)
class Cyrus:
    """A running server with alice and bob. `run_dir` holds all it writes, `root` its programs."""

    run_dir: Path
    http_port: int
    imap_port: int
    root: Path = Path()

    @property
    def jmap_url(self) -> str:
        """The session resource, and the API as well."""
        return f"http://127.0.0.1:{self.http_port}/jmap/"

    @property
    def jwt_key_file(self) -> Path:
        """Base64 of the HS256 key: who has it mints tokens for anybody."""
        return config.jwt_key(self.run_dir)

    def mint(self, user: str, *, issued_at: int | None = None) -> str:
        return mint(self.jwt_key_file, user, int(time.time()) if issued_at is None else issued_at)

    def imap(self, user: str) -> imaplib.IMAP4:
        """Logged in; `with` logs out."""
        imap = imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=10)
        # APPEND ends with a small write of its own, which would wait 40 ms for the acknowledgement of the one before.
        imap.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        imap.login(user, "any")
        return imap

    @classmethod
    @contextmanager
    def started(
        cls,
        run_dir: Path | None = None,
        *,
        http_port: int = 0,
        imap_port: int = 0,
        settings: Mapping[str, str] | None = None,
        provisioned: bool = True,
        suite: str = "",
    ) -> Iterator[Self]:
        """A server that lives as long as the block, and no longer than the thread that entered it.

        Without `run_dir` a folder is made, and removed at the end. Port 0 is any free one. `settings` are more lines of
        imapd.conf(5): with `{"http_jwt_max_age": "5s"}` tokens expire. Without `provisioned` it has no
        users yet. `suite` is Debian's, or this machine's own release. Raises CyrusUnavailableError.
        """
        sweep()
        folder = (run_dir or Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=_memory()))).resolve()
        try:
            server, root = cls._prepared(folder, http_port, imap_port, settings or {}, suite)
            process = master.start(folder, root, http_port=server.http_port, tied=True)
            try:
                if provisioned:
                    provision(server.imap)
                yield server
            finally:
                master.end(folder)
                process.wait()
        finally:
            if not run_dir:
                shutil.rmtree(folder)

    @classmethod
    def _prepared(
        cls, run_dir: Path, http_port: int, imap_port: int, settings: Mapping[str, str], suite: str = ""
    ) -> tuple[Self, Path]:
        """The server to be, and the root folder of its programs."""
        cached = packages.unpacked(suite)
        user, group = master.account()
        root = cached if master.reaches(cached / packages.BINARIES / "master") else run_dir / "root"
        _empty(run_dir)
        with ExitStack() as held:
            server = cls(run_dir, _port(http_port, held), _port(imap_port, held), root)
        config.write(
            run_dir,
            root / packages.BINARIES,
            http_port=server.http_port,
            imap_port=server.imap_port,
            user=user,
            group=group,
            extra=settings,
        )
        if os.geteuid() == 0:
            for path in (run_dir, *run_dir.rglob("*")):
                shutil.chown(path, user, group)
            if not master.reaches(run_dir):
                raise CyrusUnavailableError(
                    f"For root, Cyrus runs as {user}, who cannot enter {run_dir}; name another."
                )
        if root != cached:
            shutil.copytree(cached, root, symlinks=True)
        return server, root


def mint(key_file: Path, user: str, issued_at: int) -> str:
    """A Bearer token as Cyrus 3.6 wants it: `alg` and `typ`, `sub` and `iat` (epoch seconds), and nothing else."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": user, "iat": issued_at})
    signed = ".".join(_b64url(json.dumps(part).encode()) for part in parts)
    key = base64.b64decode(key_file.read_text())
    return f"{signed}.{_b64url(hmac.digest(key, signed.encode(), hashlib.sha256))}"


def _b64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _port(wanted: int, held: ExitStack) -> int:
    """That port, or for 0 a free one, which stays taken until `held` closes so that the next call finds another."""
    listener = held.enter_context(socket.socket())
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, bool(wanted))
    try:
        listener.bind(("127.0.0.1", wanted))
    except OSError as taken:
        raise CyrusUnavailableError(f"Cyrus cannot have port {wanted} of 127.0.0.1: {taken.strerror}.") from taken
    return int(listener.getsockname()[1])


def _empty(run_dir: Path) -> None:
    """Make the folder, or end and forget the server that it held."""
    if len(str(run_dir)) > 70 or " " in str(run_dir):
        raise CyrusUnavailableError(f"Cyrus keeps Unix sockets in its folder, so its path is short: not {run_dir}.")
    master.end(run_dir)
    if config.imapd_conf(run_dir).exists():
        shutil.rmtree(run_dir)
    run_dir.mkdir(parents=True, exist_ok=True)
    if any(run_dir.iterdir()):
        raise CyrusUnavailableError(f"The folder {run_dir} holds something else than a Cyrus; name another one.")


def _memory() -> Path | None:
    """Where folders live in memory: Cyrus waits for the disk at every message. None where programs cannot run there, or
    where there is no room for a few servers, as in many containers.
    """
    place = Path("/dev/shm")  # folders in it are made by mkdtemp
    if not os.access(place, os.W_OK | os.X_OK):
        return None
    told = os.statvfs(place)
    roomy = told.f_bavail * told.f_frsize >= _ROOM
    return place if roomy and not told.f_flag & os.ST_NOEXEC else None


def sweep() -> None:
    """Forget what was left by test processes that were killed. Their servers died with them."""
    for place in {Path(tempfile.gettempdir()).resolve(), *filter(None, [_memory()])}:
        for folder in place.glob(f"{PREFIX}*-*"):
            if not Path("/proc", folder.name.removeprefix(PREFIX).partition("-")[0]).exists():
                master.end(folder)
                shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path(tempfile.gettempdir(), "mailconnect-cyrus"))
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="start, in place of the one that runs there, and leave it running")
    start.add_argument("--http-port", type=int, default=8008)
    start.add_argument("--imap-port", type=int, default=8143)
    commands.add_parser("stop", help="end it; its folder stays")
    commands.add_parser("clean", help="end it and remove its folder")
    commands.add_parser("token", help="print a Bearer token").add_argument("user")
    chosen = parser.parse_args()
    run_dir: Path = chosen.run.resolve()
    match chosen.command:
        case "start":
            server, root = Cyrus._prepared(run_dir, chosen.http_port, chosen.imap_port, {})
            master.start(run_dir, root, http_port=server.http_port, tied=False)
            try:
                provision(server.imap)
            except BaseException:
                master.end(run_dir)
                raise
            print(
                f"JMAP {server.jmap_url}\nIMAP 127.0.0.1:{server.imap_port}, any password\nkey  {server.jwt_key_file}"
            )
        case "stop":
            master.end(run_dir)
        case "clean":
            master.end(run_dir)
            if config.imapd_conf(run_dir).exists():
                shutil.rmtree(run_dir)
        case "token":
            print(mint(config.jwt_key(run_dir), chosen.user, int(time.time())))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CyrusUnavailableError as missing:
        sys.exit(str(missing))
