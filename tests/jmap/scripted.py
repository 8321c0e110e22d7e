"""A provider that answers method calls as a test writes them down."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mailconnect.jmap.client import request_body
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.response import Responses
from mailconnect.jmap.session import Session
from tests.jmap_responses import responses
from tests.real_scopes import ALL_ALLOWED

Answer = Mapping[str, Any] | str | Exception
"""Arguments of a response, the type of a method error, or what the whole request raises."""


@dataclass
class Scripted:
    """`answers` are by method; a list is used up, its last one stays. `asked` are the calls of each request."""

    answers: dict[str, Answer | list[Answer] | Callable[[Mapping[str, Any]], Answer]]
    asked: list[list[Invocation]] = field(default_factory=list)
    contacts: str | None = "u1"
    maximum: int = 4096

    @property
    def methods(self) -> list[list[str]]:
        return [[call.name for call in request] for request in self.asked]

    async def account_id(self) -> str:
        return "u1"

    def may_have_masked(self) -> bool:
        return True

    def may_have_contacts(self) -> bool:
        return True

    async def most_objects(self) -> int:
        return self.maximum

    async def contacts_account_id(self) -> str | None:
        return self.contacts

    async def session(self) -> Session:
        raise AssertionError

    async def download(self, account_id: str, blob_id: str, *, maximum: int) -> bytes:
        raise AssertionError

    async def call(self, using: Sequence[str], calls: Sequence[Invocation]) -> Responses:
        ALL_ALLOWED.check(using, calls)
        request_body(using, calls)
        self.asked.append([*calls])
        return responses(*map(self._answer, calls))

    def _answer(self, call: Invocation) -> Invocation:
        answer = self.answers[call.name]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer):
            answer = answer(call.arguments)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, str):
            return Invocation("error", {"type": answer, "description": "no list-id in header"}, call.call_id)
        return Invocation(call.name, answer, call.call_id)
