"""What `sam build` makes for Lambda: what is locked, for its processor, and of our code what each function needs."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.infra.build import built_for_lambda
from tests.infra.environment import PROJECT, uv
from tests.infra.template import DOORS

pytestmark = pytest.mark.aws

AARCH64 = 183
"""e_machine in an ELF header."""
MOST_UNPACKED = 250 * 1024 * 1024


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


def test_the_layer_has_what_is_locked_and_nothing_else(built: Path) -> None:
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
    assert there == wanted


@pytest.mark.parametrize("door", DOORS)
def test_an_artifact_has_its_own_door_and_no_other(built: Path, door: str) -> None:
    artifact = built / f"{door}Function"
    modules = {path.stem for path in artifact.glob("handlers/*.py")}
    doors = {name.lower() for name in DOORS}
    assert modules & doors == {door.lower()}
    assert {path.name for path in artifact.iterdir()} == {"BUILT", "PRIVACY.md", "handlers", "lib"}
    assert not [*artifact.glob("**/__pycache__"), *artifact.glob("**/sqlite"), *artifact.glob("handlers/local*")]


@pytest.mark.parametrize("door", DOORS)
def test_layer_and_artifact_fit_lambda(built: Path, door: str) -> None:
    folders = (built / "Dependencies", built / f"{door}Function")
    assert sum(path.stat().st_size for folder in folders for path in folder.rglob("*")) < MOST_UNPACKED / 2


def test_each_build_is_another_so_that_what_was_changed_is_published(built: Path) -> None:
    """SAM names a version after the function's code and properties, in which a parameter is only its name."""
    for door in DOORS:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n", (built / f"{door}Function" / "BUILT").read_text())
