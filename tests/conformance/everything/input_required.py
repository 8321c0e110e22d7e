"""Tools that ask for more by their result, as servers do since 2026-07-28 (SEP-2322)."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from mailconnect.mcp.errors import InvalidParams
from mailconnect.mcp.tool import Call
from tests.conformance.everything.content import Result, result, text
from tests.conformance.everything.offer import STRING, Offer, object_of

offer = Offer()
TOOLS = offer.tools

_KEY = b"the suite's"
_SAMPLING = {
    "method": "sampling/createMessage",
    "params": {
        "messages": [{"role": "user", "content": text("What is the capital of France?")}],
        "maxTokens": 100,
    },
}
_ROOTS = {"method": "roots/list", "params": {}}


def elicitation(message: str, field: str) -> dict[str, Any]:
    schema = object_of(field, **{field: STRING})
    return {"method": "elicitation/create", "params": {"message": message, "requestedSchema": schema}}


def need(requests: Mapping[str, Any], state: Any = None) -> Result:
    """`state` comes back with the answers, sealed against the client that carries it."""
    sealed = {} if state is None else {"requestState": _seal(state)}
    return {"resultType": "input_required", "inputRequests": requests, **sealed}


def answers(call: Call) -> Mapping[str, Any]:
    given = call.params.get("inputResponses")
    return given if isinstance(given, dict) else {}


def _seal(state: Any) -> str:
    words = json.dumps(state)
    return json.dumps([words, hmac.digest(_KEY, words.encode(), hashlib.sha256).hex()])


def _opened(call: Call) -> Any:
    """Raises InvalidParams for a state that is not ours."""
    try:
        words, seal = json.loads(call.params["requestState"])
        genuine = hmac.compare_digest(seal, hmac.digest(_KEY, words.encode(), hashlib.sha256).hex())
    except (AttributeError, KeyError, TypeError, ValueError):
        genuine = False
    if not genuine:
        raise InvalidParams("The requestState is not one of this server")
    return json.loads(words)


@offer("test_streaming_elicitation")
async def streaming_elicitation(_: Call) -> Result:
    return need({"answer": elicitation("Please answer.", "answer")})


@offer("test_input_required_result_elicitation")
async def by_elicitation(call: Call) -> Result:
    given = answers(call).get("user_name")
    if not isinstance(given, dict):
        return need({"user_name": elicitation("What is your name?", "name")})
    return result(text(f"Hello, {given.get('content', {}).get('name')}!"))


@offer("test_input_required_result_sampling")
async def by_sampling(call: Call) -> Result:
    if "capital_question" not in answers(call):
        return need({"capital_question": _SAMPLING})
    return result(text("Paris"))


@offer("test_input_required_result_list_roots")
async def by_roots(call: Call) -> Result:
    if "client_roots" not in answers(call):
        return need({"client_roots": _ROOTS})
    return result(text(json.dumps(answers(call)["client_roots"])))


@offer("test_input_required_result_request_state")
async def request_state(call: Call) -> Result:
    if not answers(call):
        return need({"confirm": elicitation("Please confirm.", "ok")}, "confirming")
    _opened(call)
    return result(text("state-ok"))


@offer("test_input_required_result_tampered_state")
async def tampered_state(call: Call) -> Mapping[str, Any]:
    return await request_state(call)


@offer("test_input_required_result_multiple_inputs")
async def multiple_inputs(call: Call) -> Result:
    wanted = {"user_name": elicitation("What is your name?", "name"), "greeting": _SAMPLING, "client_roots": _ROOTS}
    if not wanted.keys() <= answers(call).keys():
        return need(wanted, "three at once")
    _opened(call)
    return result(text("All three have come."))


@offer("test_input_required_result_multi_round")
async def multi_round(call: Call) -> Result:
    if not answers(call):
        return need({"step1": elicitation("Step 1: What is your name?", "name")}, "first")
    if _opened(call) == "first":
        return need({"step2": elicitation("Step 2: What is your favorite color?", "color")}, "second")
    return result(text("Both rounds are over."))


@offer("test_input_required_result_capabilities")
async def capabilities(call: Call) -> Result:
    """Asks only for what the client can do."""
    if answers(call):
        return result(text("Answered."))
    requests = {"elicitation": elicitation("Please answer.", "answer"), "sampling": _SAMPLING, "roots": _ROOTS}
    return need({name: request for name, request in requests.items() if name in call.client_capabilities}, "asked")
