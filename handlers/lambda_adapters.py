"""The outside world as a Lambda function has it: DynamoDB, the provider over httpx's own transport, one event loop."""

import asyncio
import os
import ssl
import time

import httpx

from handlers.composition import Adapters
from handlers.fetching import LateFetch
from handlers.lambda_client import LateClient
from handlers.lambda_function import Invocation
from handlers.lambda_wake import CONFIG as WAKE_CONFIG
from handlers.lambda_wake import nobody, wake_by_invoking
from handlers.provider import provider_of
from lib.jmap.client import JmapClient
from lib.settings import Settings
from lib.store.dynamodb.audit import DynamoAudit
from lib.store.dynamodb.client_config import dynamodb_config
from lib.store.dynamodb.clients import DynamoClients
from lib.store.dynamodb.grants import DynamoGrants
from lib.store.dynamodb.ledger import DynamoLedger
from lib.store.dynamodb.switches import DynamoSwitches
from lib.store.switchboard import Switchboard
from lib.upstream.oauth_client import OAuthClient

_KEEPALIVE_SECONDS = 4.0


def adapters(
    settings: Settings,
    invocation: Invocation,
    *,
    clients_table: str = "",
    grants_table: str = "",
    ledger_table: str = "",
    switches_table: str = "",
    audit_table: str = "",
    sweep_function: str = "",
) -> Adapters:
    """A door names the tables that it has rights to; of another one, DynamoDB is not even asked."""
    dynamodb = LateClient("dynamodb", dynamodb_config())
    provider = provider_of(settings)
    tls = httpx.create_ssl_context(trust_env=False)
    # A token request is never sent over a connection that slept: if it breaks, nobody knows whether the token was used.
    oauth_http = _http(tls, keepalive=0)
    jmap_http = _http(tls, keepalive=1)
    return Adapters(
        settings=settings,
        clients=DynamoClients(dynamodb, clients_table, os.urandom),
        grants=DynamoGrants(dynamodb, grants_table, os.urandom),
        ledger=DynamoLedger(dynamodb, ledger_table, os.urandom),
        switches=Switchboard(DynamoSwitches(dynamodb, switches_table), _clock),
        events=DynamoAudit(dynamodb, audit_table),
        oauth=OAuthClient(oauth_http, provider, _clock),
        jmap=JmapClient(jmap_http, provider.allowed_hosts, _clock),
        fetch_document=LateFetch(),
        clock=_clock,
        entropy=os.urandom,
        sleep=asyncio.sleep,
        time_left=invocation.time_left,
        wake_sweep=wake_by_invoking(LateClient("lambda", WAKE_CONFIG), sweep_function) if sweep_function else nobody,
    )


def _http(tls: ssl.SSLContext, *, keepalive: int) -> httpx.AsyncClient:
    limits = httpx.Limits(max_keepalive_connections=keepalive, keepalive_expiry=_KEEPALIVE_SECONDS)
    return httpx.AsyncClient(verify=tls, limits=limits, trust_env=False)


def _clock() -> int:
    return int(time.time())
