"""What `sam build` makes for Lambda: what is locked, for its processor, and of our code what each function needs."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.infra.build import built_for_lambda
from tests.infra.environment import ON_AWS, PROJECT, interpreter, uv, version
from tests.infra.template import ENTRY_POINTS, FUNCTIONS

pytestmark = pytest.mark.aws

AARCH64 = 183
"""e_machine in an ELF header."""
_MAGIC_NUMBER = "import importlib.util, sys; sys.stdout.buffer.write(importlib.util.MAGIC_NUMBER)"
OF_ONE_MACHINE = {"aiohttp", "httptools", "uvicorn", "uvloop"} | {
    "aiohappyeyeballs", "aiosignal", "attrs", "click", "frozenlist", "multidict", "propcache", "yarl",
}  # fmt: skip
"""Its server and its transport to the provider, and what only these need."""
MAX_UNPACKED = 250 * 1024 * 1024


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_for_lambda(tmp_path_factory.mktemp("built"))


def test_compiled_code_is_for_lambdas_processor_and_python(built: Path) -> None:
    compiled = [*built.glob("Dependencies/python/**/*.so")]
    assert compiled
    for library in compiled:
        head = library.read_bytes()[:20]
        assert head[:4] == b"\x7fELF", library
        assert int.from_bytes(head[18:20], "little") == AARCH64, library
    versions = {version for library in compiled for version in re.findall(r"cpython-(\d+)", library.name)}
    assert versions <= {"313"}


def test_the_layer_has_what_is_locked_but_for_what_one_machine_needs(built: Path) -> None:
    locked = subprocess.run(
        [uv(), "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-header", "--no-hashes"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    wanted = {
        name.lower().replace("-", "_") for name in re.findall(r"^([A-Za-z0-9._-]+)==", locked.stdout, re.MULTILINE)
    }
    there = {path.stem.rpartition("-")[0].lower() for path in built.glob("Dependencies/python/*.dist-info")}
    assert (wanted - there, there - wanted) == (OF_ONE_MACHINE, set())


@pytest.mark.parametrize("entry", ENTRY_POINTS)
def test_an_artifact_has_its_own_entry_point_and_no_other(built: Path, entry: str) -> None:
    artifact = built / f"{entry}Function"
    modules = {path.stem for path in artifact.glob("handlers/*.py")}
    entries = {name.lower() for name in ENTRY_POINTS}
    assert modules & entries == {entry.lower()}
    assert {path.name for path in artifact.iterdir()} == {"BUILT", "handlers", "mailconnect"}
    assert not [
        *artifact.glob("**/sqlite"),
        *artifact.glob("mailconnect/local*"),
        *artifact.glob("mailconnect/sandbox*"),
    ]


def test_the_attachments_function_has_the_parsers_and_nothing_else_of_ours(built: Path) -> None:
    artifact = built / "AttachmentsFunction"
    assert {path.name for path in artifact.iterdir()} == {"BUILT", "handlers", "mailconnect"}
    assert {path.stem for path in artifact.glob("handlers/*.py")} == {"__init__", "attachments"}
    assert {path.name for path in artifact.glob("mailconnect/*")} - {"__pycache__"} == {"__init__.py", "attachments"}


def test_everything_is_compiled_for_lambdas_python_and_never_looked_at_again(built: Path) -> None:
    """Its folders cannot be written to: what is not compiled when shipped is compiled at each start."""
    python = interpreter()
    if version(python) != ON_AWS:
        pytest.skip(f"no Python {ON_AWS} here: what was built has no bytecode")
    told = subprocess.run([python, "-c", _MAGIC_NUMBER], capture_output=True, check=True, timeout=60)
    unchecked = told.stdout + b"\1\0\0\0"  # PEP 552: by hash, and not compared with the source
    for source in built.glob("**/*.py"):
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-{ON_AWS.replace('.', '')}.pyc"
        assert compiled.read_bytes()[:8] == unchecked, source


def test_the_same_sources_give_the_same_bytecode_wherever_they_are_built(tmp_path: Path) -> None:
    python, made = interpreter(), (tmp_path / "here", tmp_path / "there")
    for folder in made:
        folder.mkdir()
        command = ["make", "-s", "-f", "infra/package/Makefile", "build-McpFunction", f"ARTIFACTS_DIR={folder}"]
        subprocess.run(
            [*command, f"COMPILER={python}", f"TARGET_PYTHON={version(python)}"], cwd=PROJECT, check=True, timeout=60
        )
    here, there = ({path.relative_to(root): path.read_bytes() for path in root.rglob("*.pyc")} for root in made)
    assert here == there
    assert len(here) == len([*made[0].rglob("*.py")])
    assert not [name for name, code in here.items() if bytes(tmp_path) in code]


@pytest.mark.parametrize("entry", FUNCTIONS)
def test_layer_and_artifact_fit_lambda(built: Path, entry: str) -> None:
    folders = (built / "Dependencies", built / f"{entry}Function")
    assert sum(path.stat().st_size for folder in folders for path in folder.rglob("*")) < MAX_UNPACKED / 2


def test_each_build_is_another_so_that_what_was_changed_is_published(built: Path) -> None:
    """SAM names a version after the function's code and properties, in which a parameter is only its name."""
    for entry in FUNCTIONS:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n", (built / f"{entry}Function" / "BUILT").read_text())
