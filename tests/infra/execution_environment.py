"""One execution environment: a Runtime API of its own, and a process of Lambda's real runtime client that it feeds.

It behaves as Lambda does where a function can tell: one invocation at a time, stopped between two, ended when it takes
too long; with SnapStart, ready before anybody calls, and given its credentials only when it is restored.
"""

import json
import os
import queue
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.infra.listening import Listening, Quiet

LONGEST_ANSWER = 6 * 1024 * 1024
_LONGEST_START = 60.0


@dataclass(frozen=True, slots=True)
class Code:
    """A function as Lambda gets it: the artifact is its own folder, the layer a second folder on Python's path."""

    python: Path
    artifact: Path
    layer: Path
    handler: str
    snap_start: bool
    timeout: float
    log_level: str
    """Of the application, as in its LoggingConfig."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`kind` is answer, error (the function's own), timeout or exit."""

    kind: str
    body: bytes

    def document(self) -> Any:
        return json.loads(self.body)


class ExecutionEnvironment:
    def __init__(self, code: Code, name: str, variables: Mapping[str, str], log: Path) -> None:
        self.asked_for_credentials_early = False
        self._code = code
        self._name = name
        self._events: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._outcomes: queue.Queue[Outcome] = queue.Queue()
        self._ready, self._restored, self._idle = threading.Event(), threading.Event(), threading.Event()
        self._api = Listening(self._handler())
        self._process = self._started(variables, log)

    def await_ready(self) -> None:
        """Until what happens once is done: imports, and with SnapStart all that goes into the snapshot."""
        end = time.monotonic() + _LONGEST_START
        while not self._ready.wait(0.1):
            assert self._process.poll() is None, f"{self._name} did not start; see its log"
            assert time.monotonic() < end, f"{self._name} takes too long to start"

    def invoke(self, event: bytes) -> Outcome:
        self.await_ready()
        self._restored.set()
        self._wake()
        self._events.put((str(uuid.uuid4()), event))
        end = time.monotonic() + self._code.timeout
        while True:
            try:
                outcome = self._outcomes.get(timeout=0.05)
            except queue.Empty:
                if self._process.poll() is not None:
                    return Outcome("exit", b"")
                if time.monotonic() > end:
                    self.close()
                    return Outcome("timeout", b"")
                continue
            self._sleep()
            return outcome

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        if self.alive:
            self._process.kill()
        self._process.wait()
        self._api.close()

    def _sleep(self) -> None:
        """Lambda stops the whole machine once the function waits for its next event."""
        self._idle.wait(5)
        self._idle.clear()
        os.kill(self._process.pid, signal.SIGSTOP)

    def _wake(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)

    def _started(self, variables: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
        code, address = self._code, f"127.0.0.1:{self._api.server_port}"
        environment = {
            "PATH": "/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PYTHONPATH": f"{code.artifact}:{code.layer}",
            "PYTHONDONTWRITEBYTECODE": "1",  # as there, where neither folder can be written to
            "_HANDLER": code.handler,
            "LAMBDA_TASK_ROOT": str(code.artifact),
            "AWS_LAMBDA_RUNTIME_API": address,
            "AWS_LAMBDA_FUNCTION_NAME": self._name,
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_LEVEL": code.log_level,
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            **variables,
        }
        if code.snap_start:
            environment |= {
                "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{address}/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "token",
            }
        else:
            environment |= {
                "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
                "AWS_ACCESS_KEY_ID": self._name,
                "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_SESSION_TOKEN": "token",
            }
        with log.open("ab") as words:
            return subprocess.Popen(
                [code.python, "-s", "-m", "awslambdaric", code.handler],
                cwd=code.artifact,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
            )

    def _credentials(self) -> bytes | None:
        """Under the function's name, so that the calls it makes can be told from others'."""
        if not self._restored.is_set():
            self.asked_for_credentials_early = True
            return None
        end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 6 * 3600))
        document = {"AccessKeyId": self._name, "SecretAccessKey": "secret", "Token": "token", "Expiration": end}
        return json.dumps(document).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class RuntimeApi(Quiet):
            def do_GET(self) -> None:  # noqa: N802
                if self.path.endswith("/runtime/invocation/next"):
                    owner._ready.set()
                    owner._idle.set()
                    request_id, event = owner._events.get()
                    deadline = int((time.time() + owner._code.timeout) * 1000)
                    arn = f"arn:aws:lambda:eu-central-1:123456789012:function:{owner._name}"
                    self._answer(
                        200,
                        event,
                        {
                            "Content-Type": "application/json",
                            "Lambda-Runtime-Aws-Request-Id": request_id,
                            "Lambda-Runtime-Deadline-Ms": str(deadline),
                            "Lambda-Runtime-Invoked-Function-Arn": arn,
                        },
                    )
                elif self.path.endswith("/runtime/restore/next"):
                    owner._ready.set()
                    owner._restored.wait()
                    self._answer(200)
                elif self.path == "/credentials":
                    credentials = owner._credentials()
                    self._answer(403 if credentials is None else 200, credentials or b"{}")
                else:
                    self._answer(404)

            def do_POST(self) -> None:  # noqa: N802
                body = self.received()
                what = self.path.rpartition("/")[2]
                if what == "response" and len(body) > LONGEST_ANSWER:
                    what, body = "error", b'{"errorType": "Function.ResponseSizeTooLarge"}'
                if "/runtime/invocation/" in self.path:
                    owner._outcomes.put(Outcome("answer" if what == "response" else "error", body))
                self._answer(202)

            def _answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return RuntimeApi
