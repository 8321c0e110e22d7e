"""What a session or a list of mailboxes says is in the answer and nowhere else: no file, no database, no log."""

import json
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bridge import running_bridge
from tests.test_canary import forms

pytestmark = pytest.mark.anyio


def words(value: Any) -> Iterator[str]:
    """Every text in a result that is long enough to be told from chance."""
    match value:
        case dict():
            for inner in value.values():
                yield from words(inner)
        case list():
            for inner in value:
                yield from words(inner)
        case str() if len(value) > 4:
            yield value


def everything_in(folder: Path) -> bytes:
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert {"mailconnect.sqlite3", "mailconnect.sqlite3-wal"} <= {file.name for file in files}
    return b"\0".join(file.read_bytes() for file in files)


def not_there(folder: Path) -> bool:
    return not any(folder.iterdir())


async def test_lg_01_no_word_of_a_session_or_a_list_is_kept_or_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, anyio_backend: str
) -> None:
    caplog.set_level(logging.DEBUG)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    async with running_bridge(tmp_path) as bridge:
        assistant = await bridge.connected()
        session = await assistant.call_tool("get_session")
        own = await assistant.call_tool("list_mailboxes")
        [other, *_] = session["structuredContent"]["otherMailAccounts"]
        shared = await assistant.call_tool("list_mailboxes", {"accountId": other["accountId"]})
        bridge.sandbox.switches.session_epoch += 1
        await assistant.call_tool("list_mailboxes", {"name": "Rechnungen"})
        said = {word for result in (session, own, shared) for word in words(result["structuredContent"])}
        assert {"Rechnungen & Verträge", "Projects/2026/Q4", session["structuredContent"]["username"]} <= said
        said |= {json.dumps(word)[1:-1] for word in said}
        kept = everything_in(tmp_path)
        assert [word for word in said if any(form in kept for form in forms(word))] == []
        assert [word for word in said if word in caplog.text] == []
    assert not_there(temporary)
