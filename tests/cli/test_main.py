"""The command as an operator types it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mailconnect.cli.main import _parser, main
from mailconnect.version import VERSION


def test_the_command_is_installed_beside_the_interpreter():
    command = Path(sys.executable).with_name("mailconnect")
    answer = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert answer.stdout == f"mailconnect {VERSION}\n"


def test_an_unknown_subcommand_is_named_and_is_exit_code_2(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["destroy"], {})
    assert exit_.value.code == 2
    assert "destroy" in capsys.readouterr().err


def test_no_subcommand_is_exit_code_2():
    with pytest.raises(SystemExit) as exit_:
        main([], {})
    assert exit_.value.code == 2


def test_a_setting_that_is_refused_is_one_sentence(capsys):
    assert main(["serve"], {"MAILCONNECT_PORT": "none"}) == 2
    assert capsys.readouterr().err.startswith("MAILCONNECT_PORT is 'none'")


ROOT = Path(__file__).parents[2]
TYPED = re.compile(r"^ {4}mailconnect (.+?)(?: +#.*)?$", re.MULTILINE)


@pytest.mark.parametrize("words", TYPED.findall((ROOT / "docs" / "requests.md").read_text("utf-8")))
def test_every_command_of_the_runbook_can_be_typed(words: str):
    parsed = _parser().parse_args(words.split())
    assert callable(parsed.run)
