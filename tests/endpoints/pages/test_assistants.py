"""The steps for each assistant can be copied without a change."""

import json
import shlex

import pytest

from mailconnect.endpoints.pages.assistants import ASSISTANTS, Assistant
from mailconnect.endpoints.pages.markdown import inline

URL = "https://mail.example.com/mcp"
HERE = "http://127.0.0.1:8787/mcp"
BY_KEY = {assistant.key: assistant for assistant in ASSISTANTS}


def snippet(key: str, url: str = URL) -> str:
    made = BY_KEY[key].snippet
    assert made is not None
    return made(url)


def test_each_assistant_is_there_once() -> None:
    assert list(BY_KEY) == ["poke", "claude", "claude-code", "chatgpt", "cursor", "vscode", "codex"]


@pytest.mark.parametrize("assistant", ASSISTANTS, ids=lambda assistant: assistant.key)
def test_every_step_is_of_our_markdown(assistant: Assistant) -> None:
    assert assistant.steps
    assert all(inline(step) for step in assistant.steps)


@pytest.mark.parametrize("assistant", ASSISTANTS, ids=lambda assistant: assistant.key)
def test_everything_to_copy_names_the_address(assistant: Assistant) -> None:
    assert URL in snippet(assistant.key)
    assert URL in assistant.terminal(URL)


def test_away_from_the_page_a_button_is_said_to_be_on_it() -> None:
    for assistant in ASSISTANTS:
        steps = assistant.steps_away_from("the page")
        assert not any(f"**{assistant.link_says}** below" in step for step in steps)
        assert assistant.link_says.startswith("Add to") == (steps != assistant.steps)
    assert BY_KEY["vscode"].steps_away_from("the page")[0] == "Choose **Add to VS Code** on the page, then **Install**."


def test_configuration_files_are_json_with_the_address_inside() -> None:
    assert json.loads(snippet("cursor")) == {"mcpServers": {"mailconnect": {"url": URL}}}
    assert json.loads(snippet("vscode")) == {"servers": {"mailconnect": {"type": "http", "url": URL}}}


def test_commands_are_what_a_shell_reads_back() -> None:
    assert shlex.split(snippet("claude-code")) == ["claude", "mcp", "add", "--transport", "http", "mailconnect", URL]
    first, second = snippet("codex").splitlines()
    assert shlex.split(first) == ["codex", "mcp", "add", "mailconnect", "--url", URL]
    assert shlex.split(second) == ["codex", "mcp", "login", "mailconnect"]
    code, option, configuration = shlex.split(BY_KEY["vscode"].terminal(URL))
    assert (code, option) == ("code", "--add-mcp")
    assert json.loads(configuration) == {"name": "mailconnect", "type": "http", "url": URL}


def test_no_address_can_end_a_command() -> None:
    odd = "https://a.example/$(id)'\"/mcp"
    assert shlex.split(snippet("claude-code", odd))[-1] == odd
    assert json.loads(snippet("cursor", odd))["mcpServers"]["mailconnect"]["url"] == odd


def test_the_terminal_has_a_line_each_and_says_what_cannot_work_on_one_machine() -> None:
    shown = [assistant for assistant in ASSISTANTS if assistant.on_the_terminal]
    assert [assistant.name for assistant in shown] == ["Poke", "Claude Code", "Cursor", "VS Code", "Codex"]
    for assistant in shown:
        assert "\n" not in assistant.terminal(HERE)
        assert ("public https address" in assistant.terminal(HERE)) == assistant.hosted
        assert "public https address" not in assistant.terminal(URL)
