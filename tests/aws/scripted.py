"""A service of AWS that answers what the test wrote down: botocore's own client, parsing and retries before it."""

import base64
import contextlib
import io
import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from mailconnect.store.dynamodb.conversion import Item
from tests.aws.client import client


@dataclass(frozen=True)
class Refusal:
    """An error answer; `more` are members of its body."""

    status: int
    code: str
    more: Mapping[str, Any] = field(default_factory=dict)


Answer = dict[str, Any] | bytes | Refusal | Exception
"""A response's body, or the exception that is raised instead."""


@dataclass
class Scripted:
    client: Any
    answers: deque[Answer]
    operations: list[str] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        self.operations.append(request.headers["X-Amz-Target"].decode().rpartition(".")[2])
        self.requests.append(json.loads(request.body))
        said = self.answers.popleft()
        match said:
            case Exception():
                raise said
            case Refusal():
                body = {"__type": f"com.amazonaws#{said.code}", "message": "secret-canary", **said.more}
                return response(request.url, said.status, json.dumps(body).encode())
            case bytes():
                return response(request.url, 200, said)
            case dict():
                return response(request.url, 200, json.dumps(said).encode())


@contextlib.contextmanager
def scripted(service: str, config: Config, monkeypatch: pytest.MonkeyPatch, *answers: Answer) -> Iterator[Scripted]:
    """All answers must be asked for. Pauses between attempts are noted, not made."""
    made = client(service, config)
    script = Scripted(made, deque(answers))
    made.meta.events.register("before-send.*.*", script.answer)
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=script.pauses.append))
    yield script
    made.close()
    assert not script.answers


def wire(item: Item) -> dict[str, Any]:
    """The item as it stands in an answer."""
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value for name, value in item.items()
    }


class _Raw(io.BytesIO):
    def stream(self) -> Iterator[bytes]:
        yield self.read()


def response(url: str, status: int, body: bytes) -> AWSResponse:
    return AWSResponse(url, status, {"Content-Type": "application/x-amz-json-1.0"}, _Raw(body))
