"""The way to the provider as a Lambda function has it: httpx's own transport, beside the stores."""

import asyncio
import ssl

import httpx

from handlers.aws.function import LambdaInvocation
from mailconnect.composition.adapters import Adapters
from mailconnect.composition.provider import provider_of
from mailconnect.composition.stores import Stores
from mailconnect.jmap.client import JmapClient
from mailconnect.outbound.httpx_transport import OverHttpx
from mailconnect.outbound.tls import verified_context
from mailconnect.provider.oauth_client import OAuthClient

_KEEPALIVE_SECONDS = 4.0


def adapters(s: Stores, invocation: LambdaInvocation) -> Adapters:
    provider = provider_of(s.settings)
    tls = verified_context()
    # A token request is never sent over a connection that slept: if it breaks, nobody knows whether the token was used.
    oauth_http = _http(tls, keepalive=0)
    jmap_http = _http(tls, keepalive=1)
    return Adapters(
        stores=s,
        oauth=OAuthClient(oauth_http, provider, s.clock),
        jmap=JmapClient(jmap_http, provider.allowed_hosts, s.clock),
        sleep=asyncio.sleep,
        time_left=invocation.time_left,
    )


def _http(tls: ssl.SSLContext, *, keepalive: int) -> OverHttpx:
    limits = httpx.Limits(max_keepalive_connections=keepalive, keepalive_expiry=_KEEPALIVE_SECONDS)
    return OverHttpx(httpx.AsyncHTTPTransport(verify=tls, limits=limits, trust_env=False))
