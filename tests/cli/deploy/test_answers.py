"""deployments.toml: every answer is read as it was given, whatever characters it has, and no deployment touches
another.
"""

from pathlib import Path

import pytest

from mailconnect.cli.deploy.answers import Answers, check_stack, read, write
from mailconnect.cli.subcommand import CommandFailed

ODD = {"ServiceName": 'Mail "für" alle\\ \U0001f4ec', "Contact": "", "SharedNetworks": "a\x7fb", "ApiTokenHint": "a\tb"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deployments.toml"


def test_answers_are_read_as_they_were_written(file: Path) -> None:
    assert read("default", file) is None
    write("default", Answers("mailconnect", "eu-north-1", ODD), file)
    assert read("default", file) == Answers("mailconnect", "eu-north-1", ODD)


def test_the_others_stay_as_they_are(file: Path) -> None:
    write("default", Answers("one", "eu-north-1", {"Stage": "prod"}), file)
    write("my test", Answers("two", "eu-north-1", {"Stage": "test"}), file)
    write("default", Answers("one", "eu-north-1", {"Stage": "dev"}), file)
    assert read("my test", file) == Answers("two", "eu-north-1", {"Stage": "test"})
    assert read("default", file) == Answers("one", "eu-north-1", {"Stage": "dev"})


def test_numbers_may_be_written_as_numbers(file: Path) -> None:
    file.write_text('[default]\nstack = "a"\nregion = "eu-north-1"\n[default.parameters]\nCallsPerDay = 9\n')
    found = read("default", file)
    assert found
    assert found.parameters == {"CallsPerDay": "9"}


@pytest.mark.parametrize(
    "text", ["x", "stack = 'a'", "[default]", "[default]\nstack = 1\nregion = 2", "[default]\nstack='A'\nregion='r'"]
)
def test_a_file_that_holds_no_answers_is_refused_in_a_sentence(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(CommandFailed):
        read("default", file)


@pytest.mark.parametrize("name", ["", "Mail", "mail_connect", "9", "a" * 33])
def test_a_name_that_roles_could_not_bear_is_refused(name: str) -> None:
    with pytest.raises(CommandFailed):
        check_stack(name)
