"""The JMAP server (RFC 8620 §3): the session, and requests, whose methods are in `methods`."""

import json
from typing import Any, NoReturn

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mailconnect.sandbox.forward import Forward
from mailconnect.sandbox.jmap.backreferences import resolved
from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.errors import (
    AccountNotFound,
    AccountNotSupportedByMethod,
    InvalidArguments,
    Limit,
    MethodError,
    NotJSON,
    NotRequest,
    RequestError,
    UnknownCapability,
    UnknownMethod,
)
from mailconnect.sandbox.jmap.methods import METHODS
from mailconnect.sandbox.jmap.session import LIMITS, account_id, session, session_state
from mailconnect.sandbox.oauth.bearer import Access, Unauthorized, access, unauthorized
from mailconnect.sandbox.oauth.scopes import CORE, MAIL
from mailconnect.sandbox.provider import Provider
from mailconnect.sandbox.switches import Fault

_CAPABILITIES = {"Core/echo": CORE, **{name: capability for name, (capability, _) in METHODS.items()}}


class SessionResource:
    def __init__(self, provider: Provider, forward: Forward | None) -> None:
        self._provider = provider
        self._forward = forward

    async def __call__(self, request: Request) -> Response:
        provider = self._provider
        try:
            held = access(provider, request)
        except Unauthorized as error:
            return unauthorized(provider.settings, str(error))
        if self._forward is not None:
            return await self._forward.session(held)
        document = session(held, provider.settings, provider.switches)
        if provider.settings.persona is not None:
            document = provider.settings.persona.of_session(document)
        return JSONResponse(document, headers={"cache-control": "no-cache, no-store, must-revalidate"})


class Api:
    def __init__(self, provider: Provider, forward: Forward | None) -> None:
        self._provider = provider
        self._forward = forward

    async def __call__(self, request: Request) -> Response:
        try:
            held = access(self._provider, request)
        except Unauthorized as error:
            return unauthorized(self._provider.settings, str(error))
        body = await request.body()
        try:
            asked = _request(body, request.headers.get("content-type", ""))
        except RequestError as error:
            return error.response()
        for name, _, _ in asked["methodCalls"]:
            self._provider.counters.methods[name if name in _CAPABILITIES else "another"] += 1
        if self._forward is not None:
            return await self._forward.api(held, body)
        try:
            return JSONResponse(self._answer(held, asked))
        except RequestError as error:
            return error.response()

    def _answer(self, held: Access, asked: dict[str, Any]) -> dict[str, Any]:
        _check_capabilities(asked["using"], held)
        answered: list[list[Any]] = []
        known = asked.get("createdIds", {})
        for name, arguments, call_id in asked["methodCalls"]:
            try:
                result = self._call(held, asked["using"], name, resolved(arguments, answered), known)
            except MethodError as error:
                answered.append(["error", error.arguments(), call_id])
            else:
                answered += [[of, each, call_id] for of, each in result]
        created = {"createdIds": known} if "createdIds" in asked else {}
        persona = self._provider.settings.persona
        state = session_state(held, self._provider.switches)
        if persona is not None and persona.state is not None:
            state = persona.state
        return {"methodResponses": answered, "sessionState": state, "latestClientVersion": "", **created}

    def _call(
        self, held: Access, using: list[str], name: str, arguments: dict[str, Any], known: dict[str, str]
    ) -> list[tuple[str, dict[str, Any]]]:
        """The answer under its method's name, and after it those of implied calls (RFC 8621 §7.5).

        known: ids by creation id; what this call creates is added.
        """
        fault = self._provider.switches.take({name})
        if fault is not None and fault.error is not None:
            raise _Switched(fault.error)
        capability = _CAPABILITIES.get(name)
        if capability not in using:
            raise UnknownMethod(f"there is no method {name[:100]} in the capabilities of this request")
        if name == "Core/echo":
            return [(name, arguments)]
        asked = arguments.get("accountId")
        if not isinstance(asked, str):
            raise InvalidArguments("accountId is required", arguments=["accountId"])
        for account in held.owner.accounts:
            if account_id(account, self._provider.switches) == asked:
                if account.bare or (not account.personal and capability != MAIL):
                    raise AccountNotSupportedByMethod("the account has nothing of that kind")
                call = Call(self._provider, held, account, asked, arguments, known)
                answered = METHODS[name][1](call)
                if self._provider.settings.persona is not None:
                    answered = self._provider.settings.persona.of_method(name, arguments, answered)
                return [(name, answered if fault is None else _changed(answered, fault)), *call.implied]
        raise AccountNotFound("there is no such account")


def _changed(answered: dict[str, Any], fault: Fault) -> dict[str, Any]:
    return {name: value for name, value in {**answered, **fault.change}.items() if name not in fault.omit}


class _Switched(MethodError):
    """The method error that a switch asks for."""

    def __init__(self, code: str) -> None:
        super().__init__("the sandbox was told to")
        self._code = code

    def arguments(self) -> dict[str, Any]:
        return {"type": self._code, "description": self.detail}


def _no_constant(_: str) -> NoReturn:
    raise ValueError


def _no_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def _request(body: bytes, content_type: str) -> dict[str, Any]:
    """Raises NotJSON, also for what is JSON but not I-JSON (RFC 7493); NotRequest; Limit."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise NotJSON("the content type is application/json")
    try:
        asked = json.loads(body.decode(), parse_constant=_no_constant, object_pairs_hook=_no_repetition)
        json.dumps(asked, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise NotJSON("the body is not I-JSON") from error
    if not (isinstance(asked, dict) and _is_strings(asked.get("using")) and isinstance(asked.get("methodCalls"), list)):
        raise NotRequest("a request has using and methodCalls")
    if not (isinstance(created := asked.get("createdIds", {}), dict) and _is_strings(list(created.values()))):
        raise NotRequest("createdIds is an object of ids")
    for call in asked["methodCalls"]:
        match call:
            case [str(), dict(), str()]:
                pass
            case _:
                raise NotRequest("a method call is a name, an object of arguments and an id")
    if len(asked["methodCalls"]) > LIMITS["maxCallsInRequest"]:
        raise Limit("too many method calls", limit="maxCallsInRequest")
    return asked


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _check_capabilities(using: list[str], held: Access) -> None:
    disallowed = [capability for capability in using if capability not in held.capabilities]
    if disallowed:
        raise UnknownCapability(f"Disallowed capabilities: {', '.join(disallowed)[:200]}")
