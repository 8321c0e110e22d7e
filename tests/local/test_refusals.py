"""A start that cannot succeed prints one sentence that says why and how to mend it, and ends with exit code 2."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailconnect.local.bridge import Store
from mailconnect.local.server import listen
from mailconnect.settings import from_environment
from tests.local.process import COMMAND, ROOT, environment, free_ports


@dataclass(frozen=True)
class Case:
    prepare: Callable[[Path], dict[str, object]]
    """In a folder of its own; what to set."""
    says: str
    """A pattern of the sentence."""


def data(folder: Path) -> Path:
    """The folder of a bridge that has run before."""
    with Store.open(from_environment(environment(DATA_DIR=folder))).database._reader:
        return folder


def in_place(name: str, content: str) -> Callable[[Path], dict[str, object]]:
    def prepare(folder: Path) -> dict[str, object]:
        (data(folder) / name).write_text(content)
        return {"DATA_DIR": folder}

    return prepare


def shared_key_file(folder: Path) -> dict[str, object]:
    (data(folder) / "keys.json").chmod(0o640)
    return {"DATA_DIR": folder}


def newer_key_file(folder: Path) -> dict[str, object]:
    path = data(folder) / "keys.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 99}))
    return {"DATA_DIR": folder}


def newer_database(folder: Path) -> dict[str, object]:
    with closing(sqlite3.connect(data(folder) / "mailconnect.sqlite3")) as file:
        file.execute("PRAGMA user_version = 99")
    return {"DATA_DIR": folder}


def other_database(folder: Path) -> dict[str, object]:
    with closing(sqlite3.connect(folder / "mailconnect.sqlite3")) as file:
        file.execute("CREATE TABLE something_else (x)")
    return {"DATA_DIR": folder}


def file_as_folder(folder: Path) -> dict[str, object]:
    (folder / "a file").write_text("")
    return {"DATA_DIR": folder / "a file"}


def under_a_file(folder: Path) -> dict[str, object]:
    (folder / "a file").write_text("")
    return {"DATA_DIR": folder / "a file" / "below"}


def folder_as_file(name: str) -> Callable[[Path], dict[str, object]]:
    def prepare(folder: Path) -> dict[str, object]:
        (folder / name).mkdir()
        return {"DATA_DIR": folder}

    return prepare


def setting(**settings: object) -> Callable[[Path], dict[str, object]]:
    return lambda folder: {"DATA_DIR": folder} | settings


CASES = {
    "a file as folder": Case(file_as_folder, r"The folder .*a file cannot be used .*MAILCONNECT_DATA_DIR\."),
    "a folder that cannot be made": Case(under_a_file, r"The folder .*below cannot be used .*MAILCONNECT_DATA_DIR\."),
    "wrong setting": Case(setting(PORT="http"), r"MAILCONNECT_PORT is 'http'; set it to a whole number .*\."),
    "a sandbox for others": Case(
        setting(LISTEN="127.0.0.2"), r"The sandbox mailbox, whose passwords everybody knows, .* at 127\.0\.0\.2\."
    ),
    "wrong issuer": Case(setting(ISSUER="http://example.com"), r"MAILCONNECT_ISSUER is .*"),
    "misspelt setting": Case(setting(PROT="8787"), r"MAILCONNECT_PROT is no .* MAILCONNECT_PORT is\. .*\."),
    "the sandbox for all the world": Case(
        setting(ISSUER="https://mail.example.com"), r"The sandbox mailbox, .* set MAILCONNECT_PROVIDER .*\."
    ),
    "damaged key file": Case(in_place("keys.json", "{"), r".*keys\.json is damaged .*\."),
    "another document as key file": Case(in_place("keys.json", '{"version": 1}'), r".*keys\.json is damaged .*\."),
    "key file that others can read": Case(shared_key_file, r".*keys\.json can be read by other users .*chmod 600 .*\."),
    "newer key file": Case(newer_key_file, r".*keys\.json was written by a newer mailconnect .*\."),
    "folder as key file": Case(folder_as_file("keys.json"), r".*keys\.json cannot be read or written: .*\."),
    "damaged database": Case(
        in_place("mailconnect.sqlite3", "x" * 9999), r".*mailconnect\.sqlite3 cannot be used .*\."
    ),
    "newer database": Case(newer_database, r".*mailconnect\.sqlite3 was written by a newer mailconnect .*\."),
    "another program's database": Case(other_database, r".*mailconnect\.sqlite3 is not a mailconnect database: .*\."),
    "folder as database": Case(folder_as_file("mailconnect.sqlite3"), r".*mailconnect\.sqlite3 cannot be opened: .*\."),
    "damaged sandbox": Case(in_place("sandbox.sqlite3", "x" * 9999), r".*sandbox\.sqlite3 cannot be used .*\."),
}


@pytest.fixture(scope="module")
def start() -> Iterator[Callable[[dict[str, str]], tuple[int, str, str]]]:
    """Exit code, standard output and standard error of one start."""
    script = Path(__file__).with_name("refusing.py")
    with subprocess.Popen(
        [sys.executable, script],
        cwd=ROOT,
        env=environment() | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def ask(settings: dict[str, str]) -> tuple[int, str, str]:
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps(settings) + "\n")
            process.stdin.flush()
            code, out, errors = json.loads(process.stdout.readline())
            return code, out, errors

        yield ask


Start = Callable[[dict[str, str]], tuple[int, str, str]]


@pytest.mark.parametrize("name", CASES)
def test_an_obstacle_to_the_start_is_told_in_one_sentence(name: str, start: Start, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    ports = dict(zip(("PORT", "SANDBOX_PORT"), free_ports(2), strict=True))
    code, out, errors = start(environment(**(ports | CASES[name].prepare(tmp_path))))
    assert (code, out) == (2, ""), errors
    assert re.fullmatch(CASES[name].says + r"\n", errors), errors
    assert ".." not in errors


@pytest.mark.parametrize("name", ["PORT", "SANDBOX_PORT"])
def test_a_port_that_is_taken_is_named_with_its_setting(name: str, start: Start, tmp_path: Path) -> None:
    ports = dict(zip(("PORT", "SANDBOX_PORT"), free_ports(2), strict=True))
    with listen("127.0.0.1", ports[name]):
        code, out, errors = start(environment(DATA_DIR=tmp_path, **ports))
    assert (code, out) == (2, ""), errors
    assert errors == (
        f"Port {ports[name]} cannot be used (Address already in use); stop what uses it, "
        f"or name another one with MAILCONNECT_{name}.\n"
    )


def test_one_port_for_both_is_one_too_few(start: Start, tmp_path: Path) -> None:
    [port] = free_ports(1)
    code, _, errors = start(environment(DATA_DIR=tmp_path, PORT=port, SANDBOX_PORT=port))
    assert code == 2
    assert errors.endswith("MAILCONNECT_SANDBOX_PORT.\n")


def test_the_command_itself_is_refused_in_one_sentence_too(tmp_path: Path) -> None:
    settings = environment(DATA_DIR=tmp_path, PROT=8787)
    ended = subprocess.run(COMMAND, cwd=ROOT, env=settings, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(CASES["misspelt setting"].says + r"\n", ended.stderr)
    assert list(tmp_path.iterdir()) == []
