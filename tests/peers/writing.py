"""Five journeys of a person who has an assistant write, send and file, in the mailbox of the sandbox's alice."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from tests.peers.client import Client

BOB = "bob@sandbox.test"
"""Alice has written to him before."""

_BODY = "Noon is **fine**."


class Mailed(Protocol):
    """What has left a place."""

    async def count(self) -> int: ...

    async def until(self, count: int) -> None:
        """Waits until so many have."""
        ...


class Owner(Protocol):
    async def sends(self, link: str, *, sees: str) -> None:
        """Opens the link in a browser, sees the text there, and presses Send."""
        ...


@dataclass(frozen=True)
class Assistant:
    client: Client

    async def said(self, tool: str, **arguments: Any) -> str:
        [result] = await self.client.call(tool, **arguments)
        assert not result.get("isError"), result
        return str(result["content"][0]["text"])

    async def refused(self, tool: str, **arguments: Any) -> str:
        [result] = await self.client.call(tool, **arguments)
        assert result["isError"], result
        return str(result["content"][0]["text"])

    async def reply_to_bob(self) -> str:
        """The draftId."""
        hits = await self.said("search_emails", query="subject:lunch from:bob in:inbox", limit=1)
        [email] = re.findall(r"^emailId (\S+)", hits, re.MULTILINE)
        return _draft_id(await self.said("write_draft", mode="reply", emailId=email, body=_BODY))

    async def draft_to(self, address: str, subject: str) -> str:
        return _draft_id(await self.said("write_draft", to=[address], subject=subject, body=_BODY))

    async def found(self, query: str, limit: int = 50) -> list[str]:
        hits = await self.said("search_emails", query=query, collapse=False, limit=limit)
        return re.findall(r"^emailId (\S+)", hits, re.MULTILINE)


async def reply_with_approval(assistant: Assistant, owner: Owner, mailed: Mailed, *, stops: bool) -> None:
    """Nothing leaves before the press; after it one mail does, unless the assistant `stops` it in time."""
    before = await mailed.count()
    draft = await assistant.reply_to_bob()
    waits = await assistant.said("send_draft", draftId=draft, recipients=[BOB])
    assert waits.startswith("waiting: Nothing was sent yet. "), waits
    link = re.search(r"http://\S+/approve\?link=\w+", waits)
    assert link, waits
    assert link[0] in await assistant.said("send_draft", draftId=draft, recipients=[BOB])
    assert await mailed.count() == before
    await owner.sends(link[0], sees="Noon is fine.")
    after = await assistant.said("send_draft", draftId=draft, recipients=[BOB])
    assert after.startswith(("held: The mail provider holds it until ", "already_sent: ")), after
    if stops:
        assert (await assistant.said("undo_send", draftId=draft)).startswith("stopped: ")
        assert draft in await assistant.found("in:drafts", limit=5)
    else:
        await mailed.until(before + 1)
        assert draft in await assistant.found("in:sent", limit=5)
    assert await mailed.count() == before + (not stops)


async def reply_at_once(assistant: Assistant, mailed: Mailed) -> None:
    """Under `known`, to bob, and to nobody whom alice has not written to."""
    before = await mailed.count()
    draft = await assistant.reply_to_bob()
    sent = await assistant.said("send_draft", draftId=draft, recipients=[BOB], holdSeconds=0)
    assert sent.startswith("sent: Sent to 1 recipient."), sent
    await mailed.until(before + 1)
    again = await assistant.said("send_draft", draftId=draft, recipients=[BOB], holdSeconds=0)
    assert again.startswith("already_sent: "), again
    assert draft in await assistant.found("in:sent", limit=5)
    stranger = await assistant.draft_to("x@new.example", "To a stranger")
    waits = await assistant.said("send_draft", draftId=stranger, recipients=["x@new.example"], holdSeconds=0)
    assert waits.startswith("waiting: "), waits
    assert await mailed.count() == before + 1


async def archive_newsletters(assistant: Assistant) -> None:
    """Twenty, out of the inbox and back to where they were."""
    letters = await assistant.found("in:Newsletters", limit=20)
    assert len(letters) == 20
    moved = await assistant.said("update_emails", emailIds=letters, moveTo="inbox")
    done = await assistant.said("update_emails", emailIds=letters, actions=["archive"])
    for one in (moved, done):
        assert one.startswith("20 done, 0 unchanged, 0 failed."), one
    assert ", from Inbox to Archive: emailIds " in done, done
    assert not {*letters} & {*await assistant.found("in:inbox"), *await assistant.found("in:Newsletters")}
    for one in (done, moved):
        for ids, place in re.findall(r"emailIds ([^\n]+)\nTo undo: .* these emailIds and moveTo (\S+)\.", one):
            assert ", 0 failed." in await assistant.said("update_emails", emailIds=ids.split(), moveTo=place)
    assert {*letters} <= {*await assistant.found("in:Newsletters")}


async def schedule_and_undo(assistant: Assistant) -> None:
    """A message that is to leave tomorrow is stopped today."""
    draft = await assistant.draft_to(BOB, "Tomorrow")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    held = await assistant.said("send_draft", draftId=draft, recipients=[BOB], sendAt=tomorrow.isoformat())
    until = re.match(r"held: The mail provider holds it until (\S+), then it leaves", held)
    assert until, held
    assert abs(datetime.fromisoformat(until[1]) - tomorrow) <= timedelta(seconds=5)
    assert (await assistant.said("undo_send", draftId=draft)).startswith("stopped: ")
    assert draft in await assistant.found("in:drafts", limit=5)
    assert (await assistant.said("undo_send", draftId=draft)).startswith("draft: There is nothing to stop.")


async def schedule_too_far(assistant: Assistant) -> None:
    """Where the provider does not hold a message for so long, that is said, and nothing is sent."""
    draft = await assistant.draft_to(BOB, "Tomorrow")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    told = await assistant.refused("send_draft", draftId=draft, recipients=[BOB], sendAt=tomorrow.isoformat())
    assert "Nothing was sent" in told, told
    assert draft in await assistant.found("in:drafts", limit=5)


async def leaves_when_its_time_has_come(assistant: Assistant, mailed: Mailed) -> None:
    before = await mailed.count()
    draft = await assistant.draft_to(BOB, "In a second")
    held = await assistant.said("send_draft", draftId=draft, recipients=[BOB], holdSeconds=1)
    assert held.startswith("held: "), held
    await mailed.until(before + 1)
    assert "cannot be called back" in await assistant.refused("undo_send", draftId=draft)
    assert (await assistant.said("send_draft", draftId=draft, recipients=[BOB])).startswith("already_sent: ")
    assert await mailed.count() == before + 1


async def mask_an_address(assistant: Assistant, site: str) -> None:
    made = await assistant.said("write_masked_email", action="create", site=site)
    assert made.startswith("Made a masked address; "), made
    ident = re.search(r"maskedEmailId (\S+)", made)
    assert ident, made
    for action, state in (("disable", "disabled"), ("enable", "enabled")):
        await assistant.said("write_masked_email", action=action, maskedEmailId=ident[1])
        listed = await assistant.said("list_masked_emails", text=site)
        assert f"maskedEmailId {ident[1]} · {state}" in listed, listed


def _draft_id(text: str) -> str:
    found = re.search(r"^draftId (\S+)", text, re.MULTILINE)
    assert found, text
    return found[1]
