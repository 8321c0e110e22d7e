"""The whole deployment on this machine: built functions under Lambda's runtime client, wired as template.yaml says.

Made up are the gateway, DynamoDB and KMS (an emulator), and the provider (the sandbox), which takes two settings of the
functions that on AWS are others: MAILCONNECT_PROVIDER and MAILCONNECT_SANDBOX_PORT. All else is the template's.
"""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.person import Person
from tests.aws.emulator import Emulator
from tests.infra.cloud import Cloud
from tests.infra.environment import runtime
from tests.infra.execution_environment import Code, Outcome
from tests.infra.functions import Function
from tests.infra.gateway import Gateway, Invoke
from tests.infra.log import sent
from tests.infra.running_sandbox import running_sandbox
from tests.infra.state import made
from tests.infra.template import FUNCTIONS, Deployment, document

DOMAIN = "mail.example.com"


@dataclass(frozen=True, slots=True)
class Running:
    issuer: str
    deployment: Deployment
    functions: Mapping[str, Function]
    gateway: Gateway
    cloud: Cloud
    emulator: Emulator
    sandbox: str
    logs: Path

    def transport(self) -> "ToTheGateway":
        """For httpx: the issuer's name leads to the gateway, all else where it says."""
        return ToTheGateway(self.issuer, self.gateway.port)

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self.transport(), timeout=30, trust_env=False)

    def assistant(self, http: httpx.AsyncClient, **options: Any) -> Assistant:
        return Assistant(f"{self.issuer}/mcp", http, **options)

    def person(self, http: httpx.AsyncClient, username: str = "alice", **options: Any) -> Person:
        return Person(username, "secret", http, **options)

    def invoke(self, entry: str, event: object) -> Any:
        """As an operator with IAM's leave."""
        outcome = self.functions[entry].invoke(json.dumps(event).encode())
        assert outcome.kind == "answer", outcome
        return outcome.document()

    def log(self, entry: str) -> str:
        """All that it writes, whether anybody is to see it or not."""
        return self.functions[entry].log.read_text()

    def sent(self, entry: str) -> list[dict[str, Any]]:
        """The lines that CloudWatch gets, and its metric filters with them."""
        return [*sent(self.log(entry).splitlines(), self.functions[entry].code.log_level)]

    def grants(self) -> list[dict[str, Any]]:
        """The whole table, as a thief of it would have it."""
        return self.table("Grants")

    def table(self, name: str) -> list[dict[str, Any]]:
        dynamodb = self.emulator.dynamodb()
        try:
            found: list[dict[str, Any]] = dynamodb.scan(TableName=self.deployment.state[f"{name}Table"])["Items"]
            return found
        finally:
            dynamodb.close()


class ToTheGateway(httpx.AsyncHTTPTransport):
    """On AWS TLS ends in front of the gateway; the functions do not see it."""

    def __init__(self, issuer: str, port: int) -> None:
        super().__init__()
        self._host = urlsplit(issuer).netloc
        self._port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.netloc.decode() == self._host:
            request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        return await super().handle_async_request(request)


@contextmanager
def running(
    artifacts: Path,
    emulator: Emulator,
    folder: Path,
    *,
    domain: str = DOMAIN,
    variables: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """`domain` is the template's parameter; without one, the issuer is the gateway's own address on this machine."""
    template = document()
    with ExitStack() as stack:
        routes: dict[str, Invoke] = {}
        gateway = Gateway(routes)
        stack.callback(gateway.close)
        issuer = f"https://{domain}" if domain else f"http://127.0.0.1:{gateway.port}"
        deployment = Deployment(template, made(emulator, folder.name), {"DomainName": domain})
        port = stack.enter_context(running_sandbox([f"{issuer}/auth/callback"], folder / "sandbox.log"))
        functions: dict[str, Function] = {}
        by_name: dict[str, Function] = {}

        def invoke(name: str, event: bytes) -> Outcome:
            return by_name[name].invoke(event)

        cloud = Cloud(emulator.url, invoke)
        stack.callback(cloud.close)
        here = {
            "MAILCONNECT_PROVIDER": "sandbox",
            "MAILCONNECT_SANDBOX_PORT": str(port),
            "AWS_ENDPOINT_URL": cloud.url,
            **({} if domain else {"MAILCONNECT_ISSUER": issuer}),
            **(variables or {}),
        }
        for entry in FUNCTIONS:
            function = _function(deployment, entry, artifacts, here, folder)
            stack.callback(function.close)
            functions[entry] = by_name[function.name] = function
        for route, entry in deployment.routes().items():
            routes[route] = functions[entry].invoke
        with ThreadPoolExecutor(len(functions)) as at_once:
            list(at_once.map(Function.prepare, functions.values()))
        yield Running(issuer, deployment, functions, gateway, cloud, emulator, f"http://127.0.0.1:{port}", folder)


def _function(deployment: Deployment, entry: str, artifacts: Path, here: Mapping[str, str], folder: Path) -> Function:
    code = Code(
        python=runtime(),
        artifact=artifacts / f"{entry}Function",
        layer=artifacts / "Dependencies" / "python",
        handler=deployment.of_function(entry, "Handler"),
        snap_start=deployment.of_function(entry, "SnapStart") == {"ApplyOn": "PublishedVersions"},
        timeout=deployment.of_function(entry, "Timeout"),
        log_level=deployment.logging(entry)["ApplicationLogLevel"],
    )
    name = deployment.of_function(entry, "FunctionName")
    return Function(name, code, deployment.environment(entry) | here, folder / f"{entry}.log")
