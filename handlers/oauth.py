"""The entry point `oauth` on Lambda: metadata, registration, tokens, revocation.

| Resource | Rights |
|---|---|
| audit | dynamodb:PutItem |
| clients | dynamodb:DeleteItem, dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem |
| grants | dynamodb:GetItem, dynamodb:UpdateItem |
| ledger | dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem |
| switches | dynamodb:GetItem |
| sweep | lambda:InvokeFunction |

When a client that publishes a document signs with a new key, this function stores the document anew.
In the ledger it keeps assertions, items whose key begins with `assertion:`, and the key of the day, `address-key:`, and
adds to counters, `limit:`. In the audit table it may not ask for an erasure, an item under `erasures`.
"""

import os

from handlers.aws import collector
from handlers.aws.function import LambdaInvocation, prepare
from handlers.aws.http import http_function, our_api, our_front
from handlers.aws.settings import named
from handlers.aws.stores import stores
from mailconnect.composition.edge import application
from mailconnect.composition.oauth import oauth_routes
from mailconnect.settings import from_environment

prepare()
_SETTINGS = from_environment(os.environ)
_STORES = stores(
    _SETTINGS,
    clients_table=named("CLIENTS_TABLE"),
    grants_table=named("GRANTS_TABLE"),
    ledger_table=named("LEDGER_TABLE"),
    switches_table=named("SWITCHES_TABLE"),
    audit_table=named("AUDIT_TABLE"),
    sweep_function=named("SWEEP_FUNCTION"),
)

handler = http_function(
    application(oauth_routes(_STORES), _SETTINGS), our_api(_SETTINGS), LambdaInvocation(), our_front()
)

collector.resume()
