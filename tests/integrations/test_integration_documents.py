"""README.md and docs/ say of each assistant what the program says, and the registry would accept server.json."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest

from mailconnect.endpoints.limits.hosted_assistants import hosted_assistants
from mailconnect.endpoints.pages.assistants import ASSISTANTS, Assistant
from mailconnect.mcp.tools import TOOLS
from mailconnect.oauth.scopes import SCOPES
from mailconnect.version import VERSION
from tests.integrations.written import DOCUMENTS, KNOWN, ROOT, URL, document_of, names, parts, written
from tests.journeys import assistants as journeys


def document(assistant: Assistant) -> str:
    return document_of(assistant).read_text("utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_parts_that_documents_repeat_are_as_make_documents_writes_them(path: Path) -> None:
    text = path.read_text("utf-8")
    assert written(text) == text


def test_every_part_that_is_shown_to_people_stands_in_a_document() -> None:
    found = [name for path in DOCUMENTS for name in names(path.read_text("utf-8"))]
    unused = {f"command {one.key}" for one in ASSISTANTS if one.key != "vscode"}  # the same as the text to copy
    assert parts().keys() - {*found} <= unused
    assert all("limits" in names(document(one)) for one in ASSISTANTS)


def test_a_part_is_written_anew_and_the_rest_stays() -> None:
    begin, end = "<!-- written by make documents: limits -->\n", "<!-- until here -->"
    fresh = written(f"before\n{begin}old\n{end}\nafter\n{begin}{end}")
    limits = parts()["limits"]
    assert fresh == f"before\n{begin}{limits}{end}\nafter\n{begin}{limits}{end}"
    with pytest.raises(KeyError):
        written(f"<!-- written by make documents: none -->\n{end}")


def test_every_assistant_of_the_pages_is_known_by_its_addresses_and_goes_through_the_journeys() -> None:
    assert {one.plain_name for one in ASSISTANTS} <= KNOWN.keys()
    walked = {one.name for one in journeys.ASSISTANTS}
    assert [one.name for one in KNOWN.values() if walked.isdisjoint({one.name, *one.aliases})] == []


def test_the_two_tables_of_assistants_agree_on_where_answers_go() -> None:
    hosted = {one.name: {*one.redirect_hosts} for one in hosted_assistants()}
    web = {
        one.name: {urlsplit(uri).hostname for uri in one.redirect_uris if uri.startswith("https:")}
        for one in KNOWN.values()
    }
    assert {one.plain_name for one in ASSISTANTS if one.hosted} <= hosted.keys()
    assert {name: web[name] for name in hosted.keys() & web.keys()} == {
        name: hosts for name, hosts in hosted.items() if name in web
    }


def test_poke_s_recipe_names_tools_that_there_are() -> None:
    named = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", (ROOT / "docs" / "poke.md").read_text("utf-8")))
    assert named
    assert named <= {tool.name for tool in TOOLS}


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


WORDS = {"read": "emails:read", "file": "emails:organize", "draft": "drafts:write", "send": "emails:send"}
"""The abilities in the registry's line, and the scope of each."""


def test_server_json_promises_what_scopes_allow() -> None:
    said = re.search(r": (.+), as far as its owner allows", server()["description"])
    assert said
    assert said[1].split(", ") == [*WORDS]
    for word, scope in WORDS.items():
        assert word in SCOPES[scope].title.lower()
