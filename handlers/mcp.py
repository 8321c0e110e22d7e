"""The entry point `mcp` on Lambda: tool calls.

| Resource | Rights |
|---|---|
| attachments | lambda:InvokeFunction |
| approvals | dynamodb:GetItem, dynamodb:PutItem |
| audit | dynamodb:PutItem |
| grants | dynamodb:GetItem, dynamodb:UpdateItem |
| ledger | dynamodb:DeleteItem, dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem |
| switches | dynamodb:GetItem |

In the ledger it reaches the outbox, items whose key begins with `refreshed:`, and the attempts to send, `send:`, which
it may add and not take away; and it adds to counters, `limit:`. In the audit table it may not ask for an erasure, an
item under `erasures`. Of an approval it may write that its owner is asked, not what they said: the page sends only what
opens with the link.
"""

import os

from handlers.aws import collector, snapshot
from handlers.aws.adapters import adapters
from handlers.aws.attachments import CONFIG as ATTACHMENTS
from handlers.aws.attachments import LambdaReader
from handlers.aws.client import LateClient
from handlers.aws.function import LambdaInvocation, prepare
from handlers.aws.http import http_function, our_api, our_front
from handlers.aws.settings import named
from handlers.aws.stores import stores
from mailconnect.composition.edge import application
from mailconnect.composition.mcp import mcp_routes
from mailconnect.settings import from_environment

prepare()
snapshot.take_along(
    "mailconnect.approvals",
    "mailconnect.jmap",
    "mailconnect.mail",
    "mailconnect.mcp",
    "mailconnect.render",
    "mailconnect.sending",
    "mailconnect.writing",
    "html_to_markdown",
)
_SETTINGS = from_environment(os.environ)
_INVOCATION = LambdaInvocation()
_STORES = stores(
    _SETTINGS,
    grants_table=named("GRANTS_TABLE"),
    ledger_table=named("LEDGER_TABLE"),
    approvals_table=named("APPROVALS_TABLE"),
    switches_table=named("SWITCHES_TABLE"),
    audit_table=named("AUDIT_TABLE"),
)
_ADAPTERS = adapters(_STORES, _INVOCATION)

_READER = LambdaReader(LateClient("lambda", ATTACHMENTS), named("ATTACHMENTS_FUNCTION"))

handler = http_function(
    application(mcp_routes(_ADAPTERS, _READER), _SETTINGS), our_api(_SETTINGS), _INVOCATION, our_front()
)

collector.resume()
