"""botocore's clients, made when they are first used.

A client holds its role's credentials, which a snapshot must not; and Lambda hands them out only once it is restored.
The services' descriptions cost time and are the same for everybody, so they are read before (SnapStart): that of
DynamoDB, which nearly every request asks, at each start, and the others' where a snapshot keeps them.
"""

from typing import Any

import botocore.session  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.loaders import Loader  # type: ignore[import-untyped]

from handlers.aws import snapshot

_DATABASE = "dynamodb"


class _OurServices(Loader):  # type: ignore[misc]
    """Finds the services that we call where botocore would look for each of its 440, which takes 15 ms."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 -- botocore's
        return [_DATABASE, "kms", "lambda"]


_SESSION = botocore.session.get_session()
_SESSION.register_component("data_loader", _OurServices())


class LateClient:
    """Has the calls of botocore's client for `service`."""

    def __init__(self, service: str, config: Config) -> None:
        self._service = service
        self._config = config
        self._client: Any = None
        if service == _DATABASE or snapshot.is_made():
            loader = _SESSION.get_component("data_loader")
            loader.load_service_model(service, "service-2")
            loader.load_service_model(service, "endpoint-rule-set-1")

    def __getattr__(self, name: str) -> Any:
        if self._client is None:
            self._client = _SESSION.create_client(self._service, config=self._config)
        return getattr(self._client, name)
