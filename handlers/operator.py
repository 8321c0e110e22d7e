"""The operator's door on Lambda: invoked by whoever IAM lets, never over HTTP. What it is told: lambda_operator.

| Resource | Rights |
|---|---|
| audit | dynamodb:PutItem, dynamodb:Query |
| grants | dynamodb:GetItem, dynamodb:UpdateItem |
| grants/owner | dynamodb:Query |
| ledger | dynamodb:GetItem |
| switches | dynamodb:GetItem, dynamodb:UpdateItem |
| owner key | kms:GenerateMac |
| sweep | lambda:InvokeFunction |
"""

import os

from handlers.lambda_adapters import adapters
from handlers.lambda_client import LateClient
from handlers.lambda_function import Invocation, plain_function, prepare
from handlers.lambda_operator import Operator
from handlers.lambda_settings import named
from lib.keys.kms import KmsNamer, kms_config
from lib.settings import from_environment
from lib.store.dynamodb.client_config import dynamodb_config
from lib.store.dynamodb.switches import DynamoSwitches

prepare()
_INVOCATION = Invocation()
_ADAPTERS = adapters(
    from_environment(os.environ),
    _INVOCATION,
    grants_table=named("GRANTS_TABLE"),
    ledger_table=named("LEDGER_TABLE"),
    audit_table=named("AUDIT_TABLE"),
    sweep_function=named("SWEEP_FUNCTION"),
)
_SWITCHES = DynamoSwitches(LateClient("dynamodb", dynamodb_config()), named("SWITCHES_TABLE"))
_OPERATOR = Operator(
    grants=_ADAPTERS.grants,
    ledger=_ADAPTERS.ledger,
    trail=_ADAPTERS.trail,
    owners=KmsNamer(LateClient("kms", kms_config()), named("OWNER_KEY")),
    switches=_SWITCHES,
    provider=_ADAPTERS.oauth.provider.id,
    wake_sweep=_ADAPTERS.wake_sweep,
    clock=_ADAPTERS.clock,
)

handler = plain_function(_OPERATOR.obey, _INVOCATION)
