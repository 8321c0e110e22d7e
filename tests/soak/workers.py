"""Four processes of the bridge on one socket, as MAILCONNECT_WORKERS makes them: `workers.py FD [URL TABLES...]`.

With the URL of a DynamoDB, and the names of its tables of clients, grants and ledger, these are the store.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import msgspec

from mailconnect.composition.adapters import Adapters
from mailconnect.local.bridge import Store, bridge, bridge_application
from mailconnect.local.log import keep_logs
from mailconnect.local.server import server
from mailconnect.local.workers import Worker, supervise
from mailconnect.outbound.transport import OutboundRequest, Response, Transport
from mailconnect.settings import Settings, from_environment
from mailconnect.store.dynamodb.client_config import dynamodb_config
from mailconnect.store.dynamodb.clients import DynamoClients
from mailconnect.store.dynamodb.grants import DynamoGrants
from mailconnect.store.dynamodb.ledger import DynamoLedger
from mailconnect.store.dynamodb.outbox import DynamoOutbox
from tests.aws.client import client

PROCESS = "x-process"
"""The header that tells the sandbox which process asks."""


class Signed:
    """The way to the provider, on which every request says which process asks."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def send(self, request: OutboundRequest, read: Callable[[Response], Awaitable[Any]]) -> Any:
        signed = {**request.headers, PROCESS: str(os.getpid())}
        return await self._transport.send(msgspec.structs.replace(request, headers=signed), read)


def on_dynamodb(adapters: Adapters, url: str, clients: str, grants: str, ledger: str) -> Adapters:
    dynamodb = client("dynamodb", dynamodb_config(), url)
    stores = replace(
        adapters.stores,
        clients=DynamoClients(dynamodb, clients, os.urandom),
        grants=DynamoGrants(dynamodb, grants, os.urandom),
        ledger=DynamoLedger(dynamodb, ledger, os.urandom),
        outbox=DynamoOutbox(dynamodb, ledger, os.urandom),
    )
    return replace(adapters, stores=stores)


async def live(settings: Settings, listener: socket.socket, store_elsewhere: list[str]) -> None:
    store = Store.open(settings)
    async with bridge(settings, store) as (on_sqlite, sweeper):
        on_sqlite.oauth._transport = Signed(on_sqlite.oauth._transport)
        if store_elsewhere:
            adapters = on_dynamodb(on_sqlite, *store_elsewhere)
            await server(bridge_application(adapters, store)).serve(sockets=[listener])
        else:
            await asyncio.gather(server(bridge_application(on_sqlite, store)).serve(sockets=[listener]), sweeper.run())


def main() -> int:
    listener = socket.socket(fileno=int(sys.argv[1]))
    listener.setblocking(False)
    settings = from_environment(os.environ)
    keep_logs(settings.data_dir)

    def work(worker: Worker) -> int:
        asyncio.run(live(settings, listener, sys.argv[2:]))
        return 0

    return supervise(4, work)


if __name__ == "__main__":
    sys.exit(main())
