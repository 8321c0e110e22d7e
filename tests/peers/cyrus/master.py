"""Cyrus' master(8) process: as whom it runs, how it dies, and that nothing of it stays."""

import grp
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.peers.cyrus import config, packages
from tests.peers.cyrus.packages import BINARIES, CyrusUnavailableError


def account() -> tuple[str, str]:
    """User and group that run Cyrus: the caller's own, or nobody's where the caller is root (Cyrus refuses root)."""
    if not shutil.which("setpriv"):
        raise CyrusUnavailableError("Cyrus is started by setpriv (package util-linux), which this machine lacks.")
    uid = os.geteuid()
    try:
        entry = pwd.getpwuid(uid) if uid else pwd.getpwnam("nobody")
        return entry.pw_name, grp.getgrgid(entry.pw_gid).gr_name
    except KeyError as unknown:
        raise CyrusUnavailableError(
            f"Cyrus needs a name for the user that runs it, and this machine's passwd or group has none: {unknown}."
        ) from unknown


def reaches(path: Path) -> bool:
    """Whether that user may enter the folder or run the program, and cyrus.conf, which quotes no space, can name it."""
    probe = [*_as(*account()), "test", "-x", str(path)]
    return " " not in str(path) and subprocess.run(probe, check=False, timeout=10).returncode == 0


def start(run_dir: Path, root: Path, *, http_port: int, tied: bool) -> subprocess.Popen[bytes]:
    """A master that listens. `tied`: it ends with the thread that called, however that ends (prctl(2))."""
    user, group = account()
    command = [
        *_as(user, group),
        *(["setpriv", "--pdeathsig", "TERM"] if tied else []),
        *packages.command(root, str(root / BINARIES / "master"), "-D", "-p", f"{run_dir}/master.pid"),
        *("-C", str(config.imapd_conf(run_dir)), "-M", str(config.cyrus_conf(run_dir))),
    ]
    log = run_dir / "master.log"
    with log.open("wb") as output:
        # A session of its own: the master passes SIGTERM on to its whole process group.
        process = subprocess.Popen(
            command,
            cwd=run_dir,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", http_port), timeout=5):
                return process
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
    end(run_dir)
    process.wait()
    words = " ".join(log.read_text(errors="replace").split()) or "it said nothing; its log goes to /dev/log"
    raise CyrusUnavailableError(f"Cyrus did not open port {http_port}: {words}.")


def end(run_dir: Path) -> None:
    """End every process of that run: by SIGTERM, and what is left after five seconds by SIGKILL."""
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL):
        pidfds = []
        for pid in processes(run_dir):
            try:
                pidfds.append(os.pidfd_open(pid))
                signal.pidfd_send_signal(pidfds[-1], number)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + 5
        for pidfd in pidfds:
            select.select([pidfd], [], [], max(0, deadline - time.monotonic()))
            os.close(pidfd)
    if left := processes(run_dir):
        raise CyrusUnavailableError(f"Processes of the Cyrus in {run_dir} would not end: {left}.")


def processes(run_dir: Path) -> list[int]:
    """Ids of the live processes of that run: programs of Cyrus that have `run_dir` as their working directory."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            program, folder = entry.joinpath("exe").readlink(), entry.joinpath("cwd").readlink()
        except OSError:  # no process, gone by now, or another user's
            continue
        if f"/{BINARIES}/" in str(program) and str(folder).removesuffix(" (deleted)") == str(run_dir):
            found.append(int(entry.name))
    return sorted(found)


def _as(user: str, group: str) -> list[str]:
    return [] if os.geteuid() else ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
