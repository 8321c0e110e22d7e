import tomllib
from pathlib import Path

from mailconnect.version import VERSION


def test_the_program_and_its_package_have_one_version() -> None:
    project = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == VERSION
