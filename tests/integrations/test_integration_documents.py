"""What docs/ says about each assistant is what the pages say; server.json is what the registry takes."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mailconnect.endpoints.pages.assistants import ASSISTANTS, Assistant
from mailconnect.version import VERSION

ROOT = Path(__file__).parents[2]
URL = "https://mail.example.com/mcp"
DOCUMENTS = {"claude-code": "claude"}
"""Where an assistant's document is not called as it is."""


def document(assistant: Assistant) -> str:
    return (ROOT / "docs" / f"{DOCUMENTS.get(assistant.key, assistant.key)}.md").read_text("utf-8")


@pytest.mark.parametrize("assistant", ASSISTANTS, ids=lambda assistant: assistant.key)
def test_an_assistant_s_document_has_the_very_text_to_copy(assistant: Assistant) -> None:
    assert assistant.snippet
    assert f"\n```\n{assistant.snippet(URL)}\n```\n" in document(assistant)


@pytest.mark.parametrize("assistant", ASSISTANTS, ids=lambda assistant: assistant.key)
def test_an_assistant_s_document_names_every_button_that_the_page_names(assistant: Assistant) -> None:
    said = document(assistant)
    bold = [word for step in assistant.steps for word in step.split("**")[1::2]]
    assert [word for word in bold if f"**{word}**" not in " ".join(said.split())] == []


def server() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "server.json").read_text("utf-8"))
    return found


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(__file__).parent / "server.schema.json").read_text("utf-8"))
    return found


def test_server_json_is_what_the_registry_takes() -> None:
    jsonschema.Draft7Validator.check_schema(schema())
    jsonschema.validate(server(), schema(), jsonschema.Draft7Validator)


def test_the_schema_refuses_what_the_registry_refuses() -> None:
    for changes in (
        {"name": "mailconnect"},
        {"name": "com.example/mail/connect"},
        {"description": "x" * 101},
        {"version": "^1.0.0"},
        {"remotes": []},
        {"remotes": [{"type": "streamable-http", "url": "http://mail.example.com/mcp"}]},
        {"surprise": 1},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(server() | changes, schema(), jsonschema.Draft7Validator)


def test_server_json_is_of_this_version_and_leads_to_one_bridge() -> None:
    described = server()
    assert described["version"] == VERSION
    assert {described["websiteUrl"], described["icons"][0]["src"], described["remotes"][0]["url"]} == {
        "https://mail.example.com/",
        "https://mail.example.com/favicon.svg",
        URL,
    }
