"""The entry point `sweep` on Lambda, called by a schedule: revokes at the provider and erases. It reads no event.

| Resource | Rights |
|---|---|
| approvals | dynamodb:DeleteItem, dynamodb:GetItem |
| approvals/owner | dynamodb:Query |
| audit | dynamodb:DeleteItem, dynamodb:PutItem, dynamodb:Query |
| grants | dynamodb:DeleteItem, dynamodb:GetItem, dynamodb:UpdateItem |
| grants/due | dynamodb:Query |
| grants/owner | dynamodb:Query |
| ledger | dynamodb:DeleteItem, dynamodb:GetItem, dynamodb:PutItem |
| sealing key | kms:Decrypt |

In the ledger it reaches receipts, items whose key begins with `receipt:`, and the outbox, `refreshed:`, and deletes
from that alone. In the audit table it may not ask for an erasure, an item under `erasures`.
"""

import os
from typing import Any

from handlers.aws import collector
from handlers.aws.adapters import adapters
from handlers.aws.client import LateClient
from handlers.aws.function import LambdaInvocation, plain_function, prepare
from handlers.aws.settings import named
from handlers.aws.stores import stores
from mailconnect.composition.sweep import sweep
from mailconnect.keys.kms import KmsOpener, kms_config
from mailconnect.settings import from_environment

prepare()
_INVOCATION = LambdaInvocation()
_STORES = stores(
    from_environment(os.environ),
    grants_table=named("GRANTS_TABLE"),
    approvals_table=named("APPROVALS_TABLE"),
    audit_table=named("AUDIT_TABLE"),
    ledger_table=named("LEDGER_TABLE"),
)
_OPENER = KmsOpener(LateClient("kms", kms_config()), (named("SEALING_KEY"),))
_SWEEP = sweep(adapters(_STORES, _INVOCATION), opener=_OPENER)


async def _run(_: Any) -> dict[str, Any]:
    return {"erased": await _SWEEP.run()}


handler = plain_function(_run, _INVOCATION)

collector.resume()
