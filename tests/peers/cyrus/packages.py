"""Debian's own Cyrus IMAP, unpacked into a private folder: nothing is installed, and root is not needed."""

import fcntl
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(__file__).parent.parent / ".cache"
BINARIES = Path("usr/lib/cyrus/bin")
PROGRAMS = ("master", "ctl_cyrusdb", "imapd", "httpd")
WANTED = ("cyrus-common", "cyrus-imapd", "cyrus-caldav")
# What apt would bring along and these programs never load.
UNLOADED = ("libclamav", "libmspack", "libperl", "libcyrus-imap-perl", "libsigsegv")


class CyrusUnavailableError(RuntimeError):
    """Cyrus cannot be had or started here; the message is one sentence that says what is missing."""


def unpacked(cache: Path = CACHE) -> Path:
    """The root folder of the unpacked packages; brought from Debian first when the cache has none that loads here."""
    root = cache.resolve() / f"cyrus-{_release()}-{platform.machine()}"
    if not _unmet(root):
        return root
    for tool in ("apt-get", "dpkg-deb"):
        if not shutil.which(tool):
            raise CyrusUnavailableError(
                f"The Cyrus peer is unpacked from Debian's or Ubuntu's packages, and this machine has no {tool}."
            )
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(cache):
        if _unmet(root):
            _fetch(root)
    if unmet := _unmet(root):
        raise CyrusUnavailableError(f"Cyrus was unpacked, but this machine cannot load it: {', '.join(sorted(unmet))}.")
    return root


def environment(root: Path) -> dict[str, str]:
    """The whole environment of Cyrus' programs: its libraries, and nothing of the caller's."""
    folders = [folder for lib in ("usr/lib", "lib") for folder in sorted((root / lib).glob("*-linux-*"))]
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LD_LIBRARY_PATH": ":".join(map(str, folders))}


def _release() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return "unknown"
    return f"{release['ID']}-{release.get('VERSION_ID', 'rolling')}"


def _unmet(root: Path) -> set[str]:
    """Programs that are not there, and libraries that they would not find."""
    programs = [root / BINARIES / name for name in PROGRAMS]
    if absent := {program.name for program in programs if not program.exists()}:
        return absent
    told = subprocess.run(
        ["ldd", *programs], env=environment(root), capture_output=True, text=True, check=False, timeout=30
    )
    return {line.split()[0] for line in told.stdout.splitlines() if line.endswith("not found")}


def _fetch(root: Path) -> None:
    with tempfile.TemporaryDirectory(dir=root.parent, prefix="fetch-") as work:
        debs, fresh = Path(work, "debs"), Path(work, "root")
        debs.mkdir()
        fresh.mkdir()
        # Package lists of our own: the machine's may be missing or old, and only root may renew those.
        _apt(debs, "update")
        plan = _apt(debs, "install", "--simulate", "--no-install-recommends", *WANTED)
        _apt(debs, "download", *sorted({*WANTED, *_libraries(plan)}))
        for deb in sorted(debs.glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", deb, fresh], check=True, timeout=60)
        shutil.rmtree(root, ignore_errors=True)
        fresh.rename(root)


def _libraries(plan: str) -> Iterator[str]:
    """The libraries this machine lacks. apt's plan: `Inst name (version ...)`, or `Inst name [old] (new ...)`."""
    for line in plan.splitlines():
        verb, name, version, *_ = [*line.split(maxsplit=3), "", "", ""]
        if verb == "Inst" and version.startswith("(") and name.startswith("lib") and not name.startswith(UNLOADED):
            yield name


def _apt(folder: Path, *arguments: str) -> str:
    state = folder.parent
    (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    own = {"Dir::State::Lists": state / "lists", "Dir::Cache": state / "apt", "Debug::NoLocking": "true"}
    if os.geteuid() == 0:
        own["APT::Sandbox::User"] = "root"
    options = [word for name, value in own.items() for word in ("-o", f"{name}={value}")]
    told = subprocess.run(
        ["apt-get", "-qq", *options, *arguments],
        cwd=folder,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if told.returncode:
        last = (told.stderr.strip().splitlines() or ["nothing"])[-1]
        raise CyrusUnavailableError(
            "Cyrus could not be brought from this machine's apt sources (no network, or they lack it; Ubuntu has it in "
            f"universe): apt-get {arguments[0]} said: {last}"
        )
    return told.stdout


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    with Path(cache, "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
