"""An application as a function: the result of a foreign event, and of an unexpected exception."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from mangum.types import LambdaContext
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from handlers.aws.event import HttpApi
from handlers.aws.function import LambdaInvocation, plain_function
from handlers.aws.http import http_function
from tests.infra.gateway import payload
from tests.infra.template import API_ID

Called = Callable[[ASGIApp, object], dict[str, Any]]
API = HttpApi(API_ID, "mail.example.com")


class Context:
    def __init__(self, milliseconds: int) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


CONTEXT = cast("LambdaContext", Context(10_000))


async def hello(_: Request) -> Response:
    return PlainTextResponse("hello")


async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError("the secret is hunter2")


@pytest.fixture
def invocation() -> Iterator[LambdaInvocation]:
    invocation = LambdaInvocation()
    yield invocation
    invocation.loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def called(invocation: LambdaInvocation) -> Called:
    return lambda app, event: http_function(app, API, invocation)(event, CONTEXT)


def test_a_request_is_answered(called: Called) -> None:
    answer = called(Router([Route("/", hello)]), payload("GET", "/"))
    assert (answer["statusCode"], answer["body"]) == (200, "hello")


@pytest.mark.parametrize("event", [None, {}, {"Records": [{"eventSource": "aws:s3"}]}])
def test_an_event_that_is_not_ours_gets_a_plain_refusal(
    called: Called, event: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="mailconnect.audit")
    answer = called(Router([Route("/", hello)]), event)
    assert answer["statusCode"] == 403
    assert "Traceback" not in str(answer)
    assert '"event_refused"' in caplog.text


def test_a_failure_shows_neither_its_words_nor_its_place(called: Called, caplog: pytest.LogCaptureFixture) -> None:
    answer = called(broken, payload("GET", "/"))
    assert answer["statusCode"] == 500
    assert "hunter2" not in str(answer) + caplog.text
    assert "Traceback" not in str(answer) + caplog.text


def test_a_function_without_the_gateway_answers_with_its_return_value(invocation: LambdaInvocation) -> None:
    async def run(event: Any) -> dict[str, Any]:
        return {"seen": event}

    assert plain_function(run, invocation)({"a": 1}, CONTEXT) == {"seen": {"a": 1}}


def test_its_failure_shows_no_words_either(invocation: LambdaInvocation, caplog: pytest.LogCaptureFixture) -> None:
    async def run(_: Any) -> dict[str, Any]:
        raise RuntimeError("the secret is hunter2")

    answer = plain_function(run, invocation)({}, CONTEXT)
    assert list(answer) == ["error"]
    assert "hunter2" not in str(answer) + caplog.text


def test_the_time_left_is_the_invocations_own_less_what_storing_takes(invocation: LambdaInvocation) -> None:
    assert invocation.time_left() == 0
    invocation.begin(cast("LambdaContext", Context(12_500)))
    assert invocation.time_left() == 11.5
