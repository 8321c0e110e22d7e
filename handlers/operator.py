"""The entry point `operator` on Lambda: invoked with IAM rights, never over HTTP (mailconnect.operator.commands).

| Resource | Rights |
|---|---|
| approvals | dynamodb:GetItem |
| approvals/owner | dynamodb:Query |
| audit | dynamodb:PutItem, dynamodb:Query |
| grants | dynamodb:GetItem, dynamodb:UpdateItem |
| grants/due | dynamodb:Query |
| grants/owner | dynamodb:Query |
| ledger | dynamodb:GetItem |
| switches | dynamodb:GetItem, dynamodb:UpdateItem |
| owner key | kms:GenerateMac |
| sweep | lambda:InvokeFunction |

In the ledger it reads only receipts: items whose key begins with `receipt:`.
"""

import os

from handlers.aws import collector
from handlers.aws.client import LateClient
from handlers.aws.function import LambdaInvocation, plain_function, prepare
from handlers.aws.settings import named
from handlers.aws.stores import stores
from mailconnect.composition.provider import provider_of
from mailconnect.keys.kms import KmsNamer, kms_config
from mailconnect.operator.commands import Operator
from mailconnect.settings import from_environment
from mailconnect.store.dynamodb.client_config import dynamodb_config
from mailconnect.store.dynamodb.switches import DynamoSwitches

prepare()
_SETTINGS = from_environment(os.environ)
_STORES = stores(
    _SETTINGS,
    grants_table=named("GRANTS_TABLE"),
    ledger_table=named("LEDGER_TABLE"),
    audit_table=named("AUDIT_TABLE"),
    approvals_table=named("APPROVALS_TABLE"),
    sweep_function=named("SWEEP_FUNCTION"),
)
_SWITCHES = DynamoSwitches(LateClient("dynamodb", dynamodb_config()), named("SWITCHES_TABLE"))
_OPERATOR = Operator(
    grants=_STORES.grants,
    ledger=_STORES.ledger,
    audit=_STORES.audit,
    owners=KmsNamer(LateClient("kms", kms_config()), named("OWNER_KEY")),
    switches=_SWITCHES,
    provider=provider_of(_SETTINGS).id,
    wake_sweep=_STORES.wake_sweep,
    clock=_STORES.clock,
    approvals=_STORES.approvals,
    browsers=_STORES.browsers,
)

handler = plain_function(_OPERATOR.obey, LambdaInvocation())

collector.resume()
