"""The deployed functions: environments as needed, up to a few at once, each kept for the next invocation."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from tests.infra.execution_environment import Code, ExecutionEnvironment, Outcome

_MAX_AT_ONCE = 3


@dataclass(slots=True)
class Function:
    name: str
    code: Code
    variables: dict[str, str]
    log: Path
    environments: list[ExecutionEnvironment] = field(default_factory=list)
    _waiting: list[ExecutionEnvironment] = field(default_factory=list)
    _changing: threading.Lock = field(default_factory=threading.Lock)
    _places: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_MAX_AT_ONCE))

    def invoke(self, event: bytes) -> Outcome:
        """Waits for a place, where Lambda would throttle: what throttling does is not this rig's question."""
        with self._places:
            environment = self._taken()
            outcome = environment.invoke(event)
            with self._changing:
                if environment.alive:
                    self._waiting.append(environment)
                else:
                    self.environments.remove(environment)
            return outcome

    def prepare(self) -> None:
        """As publishing a version does."""
        environment = self._taken()
        environment.await_ready()
        with self._changing:
            self._waiting.append(environment)

    def forget(self) -> None:
        """Ends the environments that wait, as Lambda may at any time: who comes next meets one without a memory."""
        with self._changing:
            for environment in self._waiting:
                environment.close()
                self.environments.remove(environment)
            self._waiting.clear()

    def close(self) -> None:
        for environment in self.environments:
            environment.close()

    def _taken(self) -> ExecutionEnvironment:
        with self._changing:
            if self._waiting:
                return self._waiting.pop()
            environment = ExecutionEnvironment(self.code, self.name, self.variables, self.log)
            self.environments.append(environment)
            return environment
