"""The entry point `web` on Lambda: pages, consent, sign-in, callback, account.

| Resource | Rights |
|---|---|
| approvals | dynamodb:DeleteItem, dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem |
| approvals/owner | dynamodb:Query |
| audit | dynamodb:PutItem, dynamodb:Query |
| clients | dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem |
| grants | dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem |
| grants/owner | dynamodb:Query |
| ledger | dynamodb:DeleteItem, dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem |
| switches | dynamodb:GetItem |
| sealing key | kms:Encrypt |
| owner key | kms:GenerateMac |
| sweep | lambda:InvokeFunction |

What it reads of a grant, beside finding out whether its own write was made, is for its owner, who has just signed in.
What is sealed in it stays sealed here, unless an approval link opens it: then `web` asks the provider for that one
draft and who is known, and sends it at its owner's press (mailconnect.approvals). It refreshes the provider's token for
that, as `mcp` does.
It writes the document that a client publishes, once the owner has consented to it.
"""

import os

from handlers.aws import collector
from handlers.aws.adapters import adapters
from handlers.aws.client import LateClient
from handlers.aws.function import LambdaInvocation, prepare
from handlers.aws.http import http_function, our_api, our_front
from handlers.aws.settings import named
from handlers.aws.stores import stores
from mailconnect.composition.edge import application
from mailconnect.composition.web import web_routes
from mailconnect.endpoints.pages.rendering import Pages
from mailconnect.keys.kms import KmsNamer, KmsSealer, kms_config
from mailconnect.settings import from_environment

prepare()
_SETTINGS = from_environment(os.environ)
_INVOCATION = LambdaInvocation()
_STORES = stores(
    _SETTINGS,
    clients_table=named("CLIENTS_TABLE"),
    grants_table=named("GRANTS_TABLE"),
    approvals_table=named("APPROVALS_TABLE"),
    audit_table=named("AUDIT_TABLE"),
    ledger_table=named("LEDGER_TABLE"),
    switches_table=named("SWITCHES_TABLE"),
    sweep_function=named("SWEEP_FUNCTION"),
)
_ADAPTERS = adapters(_STORES, _INVOCATION)
_KMS = LateClient("kms", kms_config())
_ROUTES = web_routes(_ADAPTERS, sealer=KmsSealer(_KMS, named("SEALING_KEY")), owners=KmsNamer(_KMS, named("OWNER_KEY")))

handler = http_function(
    application(_ROUTES, _SETTINGS, Pages(_SETTINGS).error_page), our_api(_SETTINGS), _INVOCATION, our_front()
)

collector.resume()
