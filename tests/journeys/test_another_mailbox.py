"""Ids of another owner's mailbox, in every tool that takes one: nothing is read, attached, changed or sent."""

from typing import Any

import pytest

from mailconnect.sandbox.accounts import ALICE, BOB
from tests.bridge import Bridge
from tests.journeys.test_drafting import connected_for

pytestmark = pytest.mark.anyio

ALL = "session:read mailboxes:read emails:read emails:organize drafts:write emails:send"


def calls(email: str, part: str) -> list[tuple[str, dict[str, Any]]]:
    new = {"to": ["bob@sandbox.test"], "subject": "x", "body": "x"}
    return [
        ("read_emails", {"emailIds": [email]}),
        ("read_attachment", {"emailId": email, "attachmentId": part}),
        ("write_draft", {**new, "attach": [{"emailId": email, "attachmentId": part}]}),
        ("write_draft", {"mode": "reply", "emailId": email, "body": "x"}),
        ("write_draft", {"mode": "forward", "emailId": email, "to": ["bob@sandbox.test"]}),
        ("write_draft", {"mode": "replace", "draftId": email, "body": "x"}),
        ("send_draft", {"draftId": email, "recipients": ["bob@sandbox.test"]}),
        ("undo_send", {"draftId": email}),
        ("update_emails", {"emailIds": [email], "actions": ["trash"]}),
    ]


@pytest.mark.row("DR-04")
async def test_ids_of_another_mailbox_do_nothing_in_any_tool(bridge: Bridge) -> None:
    assistant = await connected_for(bridge, ALL)
    post = bridge.sandbox.post
    theirs, own = post.store(BOB.accounts[1]), post.store(ALICE.primary)
    strange = next(ident for ident in theirs.emails if ident not in own.emails)
    before = ({**theirs.emails}, {**own.emails})
    for tool, arguments in calls(strange, "2"):
        said = str(await assistant.call_tool(tool, arguments))
        assert theirs.emails[strange].header("subject").strip() not in said, tool
    assert ({**theirs.emails}, {**own.emails}) == before
    assert not post.outbox
