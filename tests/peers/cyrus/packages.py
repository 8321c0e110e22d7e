"""Debian's own Cyrus IMAP, unpacked into a private folder: nothing is installed, and root is not needed.

Either this machine's release is used (Cyrus 3.6 on Debian 12), or Debian 13 (Cyrus 3.10), which comes with its own C
library: its programs are told to load that one.
"""

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
PROGRAMS = ("master", "ctl_cyrusdb", "imapd", "httpd", "calalarmd")
WANTED = ("cyrus-common", "cyrus-imapd", "cyrus-caldav")
# What apt would bring along and these programs never load.
UNLOADED = ("libclamav", "libmspack", "libperl", "libcyrus-imap-perl", "libsigsegv")

_MIRROR = "http://deb.debian.org/debian"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_PT_INTERP = 3


class CyrusUnavailableError(RuntimeError):
    """Cyrus cannot be had or started here; the message is one sentence that says what is missing."""


DEBIAN_13 = "trixie"
RELEASES = {"own": "", "debian13": DEBIAN_13}
"""Debian's suites by what tests call them; the empty one is this machine's own release."""


def unpacked(suite: str = "", cache: Path = CACHE) -> Path:
    """The root folder of the unpacked packages; brought from Debian first when the cache has none that loads here."""
    root = cache.resolve() / f"cyrus-{suite or _release()}-{platform.machine()}"
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
            _fetch(root, suite)
    if unmet := _unmet(root):
        raise CyrusUnavailableError(f"Cyrus was unpacked, but this machine cannot load it: {', '.join(sorted(unmet))}.")
    return root


def environment(root: Path) -> dict[str, str]:
    """The whole environment of Cyrus' programs: its libraries, and nothing of the caller's."""
    folders = [folder for lib in ("usr/lib", "lib") for folder in sorted((root / lib).glob("*-linux-*"))]
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LD_LIBRARY_PATH": ":".join(map(str, folders))}


def command(root: Path, *program: str) -> list[str]:
    """A command that runs a program of Cyrus in that environment. env(1) sets it, since a program of this machine
    could not load the C library of another release.
    """
    return ["env", "-i", *(f"{name}={value}" for name, value in environment(root).items()), *program]


def _loader(root: Path) -> Path | None:
    """The dynamic loader that was unpacked; None where this machine's own serves."""
    return next(
        (found for lib in ("usr/lib64", "lib64", "usr/lib", "lib") for found in (root / lib).glob("ld-linux*")), None
    )


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
    loader = _loader(root)
    commands = [[str(loader), "--list", str(one)] for one in programs] if loader else [["ldd", *map(str, programs)]]
    told = [
        subprocess.run(one, env=environment(root), capture_output=True, text=True, check=False, timeout=30)
        for one in commands
    ]
    return {line.split()[0] for one in told for line in one.stdout.splitlines() if line.endswith("not found")}


def _fetch(root: Path, suite: str) -> None:
    with tempfile.TemporaryDirectory(dir=root.parent, prefix="fetch-") as work:
        debs, fresh = Path(work, "debs"), Path(work, "root")
        debs.mkdir()
        fresh.mkdir()
        # Package lists of our own: the machine's may be missing or old, and only root may renew those.
        apt = _Apt(debs, suite)
        apt("update")
        plan = apt("install", "--simulate", "--no-install-recommends", *WANTED)
        apt("download", *sorted({*WANTED, *_libraries(plan)}))
        for deb in sorted(debs.glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", deb, fresh], check=True, timeout=60)
        _tell_loader(fresh, root)
        shutil.rmtree(root, ignore_errors=True)
        fresh.rename(root)


def _libraries(plan: str) -> Iterator[str]:
    """The libraries this machine lacks. apt's plan: `Inst name (version ...)`, or `Inst name [old] (new ...)`."""
    for line in plan.splitlines():
        verb, name, version, *_ = [*line.split(maxsplit=3), "", "", ""]
        wanted = name.startswith("lib") or name == "zlib1g"
        if verb == "Inst" and version.startswith("(") and wanted and not name.startswith(UNLOADED):
            yield name


def _tell_loader(fresh: Path, root: Path) -> None:
    """Programs name their loader (ELF's PT_INTERP). Those of another release get the path of theirs, at their end: the
    folder is `root` when they run.
    """
    loader = _loader(fresh)
    if loader is None:
        return
    name = bytes(root / loader.relative_to(fresh)) + b"\0"
    for program in (fresh / BINARIES).iterdir():
        octets = bytearray(program.read_bytes())
        if octets[:5] != b"\x7fELF\x02":
            continue
        table, size, count = (
            int.from_bytes(octets[at : at + width], "little") for at, width in ((32, 8), (54, 2), (56, 2))
        )
        for header in range(table, table + size * count, size):
            if int.from_bytes(octets[header : header + 4], "little") == _PT_INTERP:
                octets[header + 8 : header + 16] = len(octets).to_bytes(8, "little")
                octets[header + 32 : header + 40] = len(name).to_bytes(8, "little")
        program.write_bytes(octets + name)


class _Apt:
    """apt-get with package lists of its own, for this machine's release or for a suite into an empty system."""

    def __init__(self, folder: Path, suite: str) -> None:
        state = folder.parent
        (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        own = {"Dir::State::Lists": state / "lists", "Dir::Cache": state / "apt", "Debug::NoLocking": "true"}
        if os.geteuid() == 0:
            own["APT::Sandbox::User"] = "root"
        if suite:
            sources, status = state / "sources.list", state / "status"
            sources.write_text(f"deb [signed-by={_KEYRING}] {_MIRROR} {suite} main\n")
            status.touch()
            own |= {"Dir::Etc::SourceList": sources, "Dir::Etc::SourceParts": "/dev/null", "Dir::State::status": status}
        self._folder = folder
        self._options = [word for name, value in own.items() for word in ("-o", f"{name}={value}")]

    def __call__(self, *arguments: str) -> str:
        told = subprocess.run(
            ["apt-get", "-qq", *self._options, *arguments],
            cwd=self._folder,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if told.returncode:
            last = (told.stderr.strip().splitlines() or ["nothing"])[-1]
            raise CyrusUnavailableError(
                "Cyrus could not be brought from apt's sources (no network, or they lack it; Ubuntu has it in "
                f"universe): apt-get {arguments[0]} said: {last}"
            )
        return told.stdout


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    with Path(cache, "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
