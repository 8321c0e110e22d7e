"""What a real client drafts in the mailbox of the sandbox's alice, wherever that is."""

import re
from typing import Any

from tests.peers.client import Client

BODY = "Noon is **fine**.\n\n- soup\n- [menu](https://menu.example/a)"


async def draft_an_answer_and_edit_it(client: Client) -> str:
    """The draftId of the last version."""

    async def text(tool: str, **arguments: Any) -> str:
        [result] = await client.call(tool, **arguments)
        assert not result.get("isError"), result
        assert result.get("structuredContent") is None
        return str(result["content"][0]["text"])

    identities = await text("list_identities")
    assert identities.count("identityId ") >= 1, identities
    hits = await text("search_emails", query="subject:lunch from:bob", limit=1)
    [email] = re.findall(r"^emailId (\S+)", hits, re.MULTILINE)
    asked = {"mode": "replyAll", "emailId": email, "body": BODY, "attach": [{"name": "größe.csv", "text": "a;ß\n"}]}
    first = await text("write_draft", **asked)
    assert first.startswith("Draft stored. Nothing is sent."), first
    assert re.search(r"^to: Bob Sandbox <bob@\S+> · known: the person wrote to it before", first, re.MULTILINE), first
    assert "│ Subject: Re: Lunch on Friday?" in first, first
    assert "│ Noon is *fine*." in first, first
    assert "│ > " in first, first
    assert "größe.csv · text/csv" in first, first
    again = await text("write_draft", **asked)
    assert draft_id(again) == draft_id(first)
    edited = await text(
        "write_draft", mode="replace", draftId=draft_id(first), body="Better at one.", to=["x@new.example"]
    )
    assert "│ Better at one." in edited
    assert "│ Noon is" not in edited
    assert "│ > " in edited
    assert "größe.csv" in edited
    assert "to: x@new.example · NEW: the person never wrote to it" in edited
    [gone] = await client.call("write_draft", mode="replace", draftId=draft_id(first), body="Another.")
    assert gone["isError"], gone
    forward = await text("write_draft", mode="forward", emailId=email, to=["x@new.example"], idempotencyKey="forward")
    assert "---------- Forwarded message" in forward
    [other] = await client.call("write_draft", to=["x@new.example"], body="x", idempotencyKey="forward")
    assert other["isError"], other
    return draft_id(edited)


def draft_id(text: str) -> str:
    found = re.search(r"^draftId (\S+)", text, re.MULTILINE)
    assert found, text
    return found[1]
