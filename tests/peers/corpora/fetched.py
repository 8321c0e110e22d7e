"""Others' collections of mail, brought once as packages and unpacked as data: tests install and run none of it."""

import os
import platform
import re
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

from tests.peers.cache import CACHE, PeerUnavailableError, alone, run

_REQUIREMENTS = Path(__file__).parent / "requirements.txt"
_SDISTS = "html2text,mail-parser,talon"
_DEBIAN = ("notmuch", "rspamd")


def fetched() -> Path:
    """A folder with a folder for each package. Raises PeerUnavailableError."""
    folder, stamp = CACHE / "corpora", CACHE / "corpora" / "requirements.txt"
    with alone("corpora"):
        if not stamp.exists() or stamp.read_bytes() != _REQUIREMENTS.read_bytes():
            shutil.rmtree(folder, ignore_errors=True)
            archives = folder / "archives"
            archives.mkdir(parents=True)
            _from_pypi(archives)
            _from_debian(folder, archives)
            for archive in sorted(archives.iterdir()):
                _unpack(archive, folder)
            shutil.rmtree(archives)
            shutil.copyfile(_REQUIREMENTS, stamp)
    return folder


def _from_pypi(archives: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    run([*command, "--no-binary", _SDISTS, "--require-hashes", "-r", str(_REQUIREMENTS), "-d", str(archives)])


def _from_debian(folder: Path, archives: Path) -> None:
    """By apt with lists of its own: the machine's need not name sources of packages. apt checks the signatures."""
    if not shutil.which("apt-get"):
        raise PeerUnavailableError("Mail of notmuch and rspamd is in Debian's source packages: apt-get is missing.")
    state = folder / "apt"
    for name in ("lists/partial", "cache/archives/partial", "parts"):
        (state / name).mkdir(parents=True)
    (state / "sources.list").write_text("".join(f"deb-src {place}\n" for place in _places(folder)))
    settings = {
        "Dir::State::Lists": state / "lists",
        "Dir::Cache": state / "cache",
        "Dir::Etc::SourceList": state / "sources.list",
        "Dir::Etc::SourceParts": state / "parts",
    }
    if os.geteuid() == 0:
        settings["APT::Sandbox::User"] = Path("root")
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    run(["apt-get", "-qq", *options, "update"], folder)
    run(["apt-get", "-qq", *options, "--download-only", "source", *_DEBIAN], archives)
    shutil.rmtree(state)


def _places(folder: Path) -> list[str]:
    """Address, release and component of the machine's own distribution, as it is set up."""
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    listed = folder / "targets"
    command = "apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' > \"$0\""
    run(["sh", "-c", command, str(listed)])
    places = [line.split() for line in listed.read_text().splitlines()]
    listed.unlink()
    return sorted({" ".join(place) for place in places if len(place) == 3 and place[1].startswith(release)})


def _unpack(archive: Path, folder: Path) -> None:
    name = archive.name
    if name.endswith(".whl"):
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(folder / "agentdojo")
    elif ".tar." in name and ".debian." not in name and not name.endswith(".asc"):
        with tarfile.open(archive) as packed:
            # Their tests, and no links: notmuch has some that lead out of it.
            members = [one for one in packed if one.isreg() and "/test" in one.name]
            packed.extractall(folder / re.split("[-_]", name)[0], members, filter="data")
