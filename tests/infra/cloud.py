"""What the functions reach AWS through: DynamoDB and KMS are an emulator's, Lambda is ours, and every call is noted."""

import http.client
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.infra.execution_environment import Outcome
from tests.infra.listening import Listening, Quiet
from tests.infra.template import ACCOUNT, REGION

_CREDENTIAL = re.compile(r"Credential=([^/]+)/[0-9]{8}/([^/]+)/([^/]+)/aws4_request")
_INVOKED = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")


@dataclass(frozen=True, slots=True)
class Call:
    """`caller` is a function's name, `action` as in a policy, `resource` an ARN; `context` what a condition may ask."""

    caller: str
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(slots=True)
class Cloud:
    """To be closed."""

    emulator: str
    invoke: Callable[[str, bytes], Outcome]
    calls: list[Call] = field(default_factory=list)
    loses_answers_to: Callable[[Call], bool] = lambda _: False
    """For a test: what it is true of is carried out, and answered with 500."""
    refuses: Callable[[str, bytes], bool] = lambda *_: False
    """For a test: a body for an operation, of which it is true, is answered with 500 and not carried out."""
    _server: Listening = field(init=False)

    def __post_init__(self) -> None:
        self._server = Listening(self._handler())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.close()

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        credential = _CREDENTIAL.search(headers.get("Authorization", ""))
        if credential is None or credential[2] != REGION:
            return 403, {}, b'{"__type": "MissingAuthenticationToken"}'
        caller, service = credential[1], credential[3]
        if service == "lambda":
            return self._invoked(caller, path, headers, body)
        target = headers.get("X-Amz-Target", "")
        refused = self.refuses(target.rpartition(".")[2], body)
        status, answered = (500, b"") if refused else self._emulated(path, headers, body)
        call = _call(caller, target, json.loads(body), json.loads(answered or b"{}"))
        self.calls.append(call)
        if refused or self.loses_answers_to(call):
            return 500, {}, b'{"__type": "InternalServerError"}'
        return status, {"Content-Type": "application/x-amz-json-1.0"}, answered

    def _invoked(
        self, caller: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        match = _INVOKED.fullmatch(unquote(path))
        assert match, path
        resource = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{match[1]}"
        self.calls.append(Call(caller, "lambda:InvokeFunction", resource))
        if headers.get("X-Amz-Invocation-Type") == "RequestResponse":
            assert match[1].endswith("-attachments"), "nobody may wait for another function"
            return _invocation_answer(self.invoke(match[1], body))
        assert headers.get("X-Amz-Invocation-Type") == "Event", "nobody may wait for another function"
        threading.Thread(target=self.invoke, args=(match[1], body), daemon=True).start()
        return 202, {}, b""

    def _emulated(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        parts = urlsplit(self.emulator)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        sent = {name: value for name, value in headers.items() if name.lower() not in ("host", "accept-encoding")}
        try:
            connection.request("POST", path, body, sent)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Endpoint(Quiet):
            def do_POST(self) -> None:  # noqa: N802
                body = self.received()
                status, headers, content = owner.answer(self.path, self.headers, body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        return Endpoint


def _invocation_answer(outcome: Outcome) -> tuple[int, Mapping[str, str], bytes]:
    failed = {} if outcome.kind == "answer" else {"X-Amz-Function-Error": "Unhandled"}
    return 200, {"Content-Type": "application/json", **failed}, outcome.body


def _call(caller: str, target: str, asked: dict[str, Any], answered: dict[str, Any]) -> Call:
    api, _, operation = target.partition(".")
    if api.startswith("DynamoDB"):
        index = f"/index/{asked['IndexName']}" if "IndexName" in asked else ""
        resource = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{asked['TableName']}{index}"
        item = asked.get("Key", asked.get("Item", {}))
        key = item.get("owner") if "-Audit-" in asked["TableName"] else item.get("id") or item.get("key")
        context = {} if key is None else {"dynamodb:LeadingKeys": key["S"]}
        return Call(caller, f"dynamodb:{operation}", resource, context)
    assert api == "TrentService", target
    context = {f"kms:EncryptionContext:{name}": value for name, value in asked.get("EncryptionContext", {}).items()}
    if "MacAlgorithm" in asked:
        context["kms:MacAlgorithm"] = asked["MacAlgorithm"]
    # Decrypt names no key: KMS finds it, and says which it was.
    return Call(caller, f"kms:{operation}", str(asked.get("KeyId") or answered.get("KeyId", "")), context)
