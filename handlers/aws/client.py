"""botocore's clients, made when they are first used.

A client holds its role's credentials, which a snapshot must not; and Lambda hands them out only once it is restored.
What costs time and is the same for everybody, the services' descriptions, is read before (SnapStart).
"""

from typing import Any

import botocore.session  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

_SESSION = botocore.session.get_session()


class LateClient:
    """Has the calls of botocore's client for `service`."""

    def __init__(self, service: str, config: Config) -> None:
        self._service = service
        self._config = config
        self._client: Any = None
        loader = _SESSION.get_component("data_loader")
        loader.load_service_model(service, "service-2")
        loader.load_service_model(service, "endpoint-rule-set-1")

    def __getattr__(self, name: str) -> Any:
        if self._client is None:
            self._client = _SESSION.create_client(self._service, config=self._config)
        return getattr(self._client, name)
