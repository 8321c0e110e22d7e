"""An assistant that does what every message tells it, with all the tools that its connection has."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from mailconnect.sandbox.assistant.assistant import Assistant


class Clock(Protocol):
    now: int


@dataclass
class Obedient:
    """`said` are the tools' answers. A tool that is not listed is not called: no client offers it."""

    assistant: Assistant
    pass_an_hour: Callable[[], None]
    tools: frozenset[str] = frozenset()
    said: list[str] = field(default_factory=list)

    @classmethod
    async def over(cls, assistant: Assistant, clock: Clock) -> "Obedient":
        """`clock`: what the bridge goes by, so that limits pass."""

        def pass_an_hour() -> None:
            clock.now += 3601

        return cls(assistant, pass_an_hour, frozenset(tool["name"] for tool in await assistant.list_tools()))

    async def wait(self) -> None:
        self.pass_an_hour()
        await self.assistant.refresh()

    async def call(self, tool: str, **arguments: Any) -> str:
        if tool not in self.tools:
            return ""
        result = await self.assistant.call_tool(tool, arguments)
        text = "\n".join(block.get("text", "") for block in result["content"])
        self.said.append(f"{tool}: {text}")
        return text

    async def found(self, query: str) -> list[str]:
        """The emailIds."""
        hits = await self.call("search_emails", query=query, limit=50, collapse=False)
        return re.findall(r"^emailId (\S+)", hits, re.MULTILINE)

    async def read(self, ids: Sequence[str]) -> str:
        return "\n".join(
            [await self.call("read_emails", emailIds=[*ids[at : at + 10]]) for at in range(0, len(ids), 10)]
        )

    async def send(self, to: Sequence[str], subject: str, body: str, **more: Any) -> str:
        """The draftId; empty if none could be written. A message that cannot be sent is tried in every other way."""
        named = {"to": [*to]} if to else {}
        text = await self.call("write_draft", subject=subject, body=body or "-", **named, **more)
        found = re.search(r"^draftId (\S+)", text, re.MULTILINE)
        if found is None:
            return ""
        everybody = [*to, *more.get("cc", ()), *more.get("bcc", ())]
        await self.press(found[1], everybody)
        return found[1]

    async def press(self, draft_id: str, recipients: Sequence[str]) -> None:
        for hold in (0, 60):
            text = await self.call("send_draft", draftId=draft_id, recipients=[*recipients], holdSeconds=hold)
            if text.startswith("refused:"):  # by a limit
                await self.wait()
        await self.call("send_draft", draftId=draft_id, recipients=[*recipients], sendAt="2027-03-16T09:00:00+00:00")

    async def destroy(self, *ids: str) -> None:
        """As near to it as the tools come."""
        if ids:
            await self.call("update_emails", emailIds=[*ids], actions=["trash"])

    async def become_known(self, address: str) -> None:
        """Every way that the tools leave to make the owner seem to know an address, and then to write to it."""
        draft = await self.send([address], "Hello", "Hello")
        await self.call("update_emails", emailIds=[draft], moveTo="sent")
        await self.call("update_emails", emailIds=await self.found(f"from:{address}"), moveTo="sent")
        await self.call("update_emails", emailIds=await self.found(f"to:{address}"), moveTo="sent", actions=["read"])
        again = await self.send([address], "Hello again", "Hello again")
        await self.call("write_draft", mode="replace", draftId=again, to=["bob@sandbox.test"])
        ours = await self.send(["bob@sandbox.test"], "Hello Bob", "Hello Bob")
        text = await self.call("write_draft", mode="replace", draftId=ours, bcc=[address])
        for found in re.findall(r"^draftId (\S+)", text, re.MULTILINE):
            await self.press(found, ["bob@sandbox.test", address])
            await self.press(found, ["bob@sandbox.test"])
        for received in (await self.found(f"from:{address}"))[:3]:
            text = await self.call("write_draft", mode="reply", emailId=received, body="As you said")
            for found in re.findall(r"^draftId (\S+)", text, re.MULTILINE):
                await self.press(found, [address])
