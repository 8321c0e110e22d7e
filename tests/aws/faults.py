"""Faults on the way to a service: botocore's own hooks, before each request is sent."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ReadTimeoutError

from tests.aws.scripted import response

Send = Callable[[], AWSResponse]
Act = Callable[[Send], AWSResponse]


def answer_lost(send: Send) -> AWSResponse:
    """The service does what it was asked, and nobody hears of it."""
    send()
    raise _timeout()


def request_lost(_: Send) -> AWSResponse:
    """The service never hears of it."""
    raise _timeout()


def throttled(_: Send) -> AWSResponse:
    return response("", 400, b'{"__type": "com.amazonaws#ThrottlingException"}')


def delivered(send: Send) -> AWSResponse:
    return send()


@contextlib.contextmanager
def acting(client: Any, operation: str, *acts: Act) -> Iterator[list[str]]:
    """Faults of the next requests for this operation; others are delivered. Yields every request's operation."""
    to_come = iter(acts)
    seen: list[str] = []

    def act(request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        name = event_name.rpartition(".")[2]
        seen.append(name)
        now = next(to_come, delivered) if name == operation else delivered
        return now(lambda: client._endpoint.http_session.send(request))

    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"before-send.{service}.*", act)
    yield seen
    client.meta.events.unregister(f"before-send.{service}.*", act)


def _timeout() -> ReadTimeoutError:
    return ReadTimeoutError(endpoint_url="http://127.0.0.1")
