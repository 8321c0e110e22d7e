"""Errors and timeouts of DynamoDB: how often a request is tried again, and the error that the port raises."""

import os
from collections.abc import Callable

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
    ResponseStreamingError,
    SSLError,
)

from mailconnect.grants.update import Update
from mailconnect.oauth.clients.client import Client
from mailconnect.store.dynamodb.client_config import dynamodb_config
from mailconnect.store.dynamodb.clients import DynamoClients
from mailconnect.store.dynamodb.errors import AnswerLost
from mailconnect.store.dynamodb.grants import DynamoGrants
from mailconnect.store.dynamodb.ledger import DynamoLedger
from mailconnect.store.errors import AlreadyExists, StoreUnavailable
from tests.aws.scripted import Answer, Refusal, Scripted
from tests.store.clients_contract import PUBLIC
from tests.store.grants_contract import filled
from tests.store.ledger_contract import ENTRY
from tests.store.transitions import NOW

pytestmark = pytest.mark.anyio

DynamoDB = Callable[..., Scripted]
URL = "http://127.0.0.1:1"
USED = Update((), {"last_used_at": NOW})

REFUSED = [
    Refusal(400, "ProvisionedThroughputExceededException"),
    Refusal(400, "ThrottlingException"),
    Refusal(400, "RequestLimitExceeded"),
    Refusal(429, "SomethingNew"),
]
LOST = [
    Refusal(500, "InternalServerError"),
    Refusal(502, "BadGateway"),
    Refusal(503, "ServiceUnavailable"),
    ReadTimeoutError(endpoint_url=URL),
    ConnectionClosedError(endpoint_url=URL),
    ResponseStreamingError(error="cut"),
]
NEVER_SENT = [
    ConnectTimeoutError(endpoint_url=URL),
    EndpointConnectionError(endpoint_url=URL),
    SSLError(endpoint_url=URL, error="expired"),
]
FINAL = [
    Refusal(400, "AccessDeniedException"),
    Refusal(400, "ResourceNotFoundException"),
    Refusal(400, "ValidationException"),
    Refusal(400, "SerializationException"),
    Refusal(400, "UnrecognizedClientException"),
    Refusal(400, "ExpiredTokenException"),
    Refusal(400, "TransactionConflictException"),
    Refusal(400, ""),
    Refusal(403, "MissingAuthenticationToken"),
    NoCredentialsError(),
]
"""Nothing that a repetition would mend."""


def name(answer: Answer) -> str:
    return answer.code if isinstance(answer, Refusal) else type(answer).__name__


def test_attempts_and_waits_are_set_on_purpose() -> None:
    config = dynamodb_config()
    assert (config.connect_timeout, config.read_timeout) == (1, 1)
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert config.tcp_keepalive


@pytest.mark.row("F-21")
@pytest.mark.parametrize("trouble", REFUSED + LOST + NEVER_SENT, ids=name)
async def test_a_passing_fault_is_tried_three_times(dynamodb: DynamoDB, trouble: Answer) -> None:
    script = dynamodb(trouble, trouble, {})
    assert await DynamoGrants(script.client, "grants", os.urandom).get("id") is None
    assert len(script.requests) == 3
    assert script.requests[0] == script.requests[2]
    assert len(script.pauses) == 2
    assert sum(script.pauses) <= 3


@pytest.mark.row("F-21")
@pytest.mark.parametrize("trouble", REFUSED + LOST + NEVER_SENT, ids=name)
async def test_a_lasting_fault_is_unavailable(dynamodb: DynamoDB, trouble: Answer) -> None:
    script = dynamodb(*[trouble] * 3)
    with pytest.raises(StoreUnavailable) as unavailable:
        await DynamoGrants(script.client, "grants", os.urandom).get("id")
    assert isinstance(unavailable.value, AnswerLost) is (trouble in LOST)


@pytest.mark.parametrize("trouble", FINAL, ids=name)
async def test_a_request_that_repeating_would_not_mend_is_not_repeated(dynamodb: DynamoDB, trouble: Answer) -> None:
    script = dynamodb(trouble)
    with pytest.raises(StoreUnavailable):
        await DynamoGrants(script.client, "grants", os.urandom).get("id")
    assert script.pauses == []


@pytest.mark.parametrize(
    "trouble", [trouble for trouble in REFUSED + NEVER_SENT + FINAL if trouble not in LOST], ids=name
)
async def test_every_method_of_every_port_says_only_unavailable(dynamodb: DynamoDB, trouble: Answer) -> None:
    attempts = 1 if trouble in FINAL else 3
    for call in (
        lambda client: DynamoClients(client, "clients", os.urandom).get(PUBLIC.id, NOW),
        lambda client: DynamoClients(client, "clients", os.urandom).put(PUBLIC),
        lambda client: DynamoClients(client, "clients", os.urandom).keep_until(PUBLIC.id, NOW),
        lambda client: DynamoGrants(client, "grants", os.urandom).put(filled()),
        lambda client: DynamoGrants(client, "grants", os.urandom).update("id", USED),
        lambda client: DynamoGrants(client, "grants", os.urandom).due(NOW, 10),
        lambda client: DynamoGrants(client, "grants", os.urandom).owned_by("a" * 64),
        lambda client: DynamoGrants(client, "grants", os.urandom).delete("id"),
        lambda client: DynamoLedger(client, "ledger", os.urandom).get(ENTRY.key, NOW),
        lambda client: DynamoLedger(client, "ledger", os.urandom).put(ENTRY, NOW),
        lambda client: DynamoLedger(client, "ledger", os.urandom).take(ENTRY.key, NOW),
    ):
        script = dynamodb(*[trouble] * attempts)
        with pytest.raises(StoreUnavailable) as unavailable:
            await call(script.client)
        assert "canary" not in str(unavailable.value)
        assert unavailable.value.__suppress_context__
        assert len(script.requests) == attempts


async def test_an_answer_that_is_no_json_is_unavailable(dynamodb: DynamoDB) -> None:
    script = dynamodb(*[Refusal(500, "")] * 2, b"[1]")
    with pytest.raises(StoreUnavailable):
        await DynamoGrants(script.client, "grants", os.urandom).get("id")


FAILED = Refusal(400, "ConditionalCheckFailedException")


@pytest.mark.row("F-22")
async def test_a_failed_condition_is_an_answer_and_is_not_repeated(dynamodb: DynamoDB) -> None:
    script = dynamodb(FAILED, FAILED, FAILED, FAILED, FAILED)
    assert not await DynamoGrants(script.client, "grants", os.urandom).update("id", USED)
    assert not await DynamoGrants(script.client, "grants", os.urandom).delete("id")
    with pytest.raises(AlreadyExists):
        await DynamoGrants(script.client, "grants", os.urandom).put(filled())
    with pytest.raises(AlreadyExists):
        await DynamoLedger(script.client, "ledger", os.urandom).put(ENTRY, NOW)
    assert await DynamoLedger(script.client, "ledger", os.urandom).take(ENTRY.key, NOW) is None
    assert script.pauses == []


async def test_keeping_a_client_that_is_kept_longer_already_is_no_failure(dynamodb: DynamoDB) -> None:
    script = dynamodb(FAILED)
    await DynamoClients(script.client, "clients", os.urandom).keep_until(PUBLIC.id, NOW)


@pytest.mark.parametrize("strange", ["", "x" * 3000, "\ud800"], ids=ascii)
async def test_an_id_that_no_item_can_have_is_not_even_asked_for(dynamodb: DynamoDB, strange: str) -> None:
    script = dynamodb()
    grants = DynamoGrants(script.client, "grants", os.urandom)
    assert await grants.get(strange) is None
    assert not await grants.update(strange, USED)
    assert not await grants.delete(strange)
    assert await grants.owned_by(strange) == []
    await DynamoClients(script.client, "clients", os.urandom).keep_until(strange, NOW)
    assert await DynamoLedger(script.client, "ledger", os.urandom).take(strange, NOW) is None


async def test_an_item_in_an_unknown_form_is_unavailable(dynamodb: DynamoDB) -> None:
    item = {"Item": {"id": {"S": "id"}}}
    script = dynamodb(item, item, item)
    for call in (
        DynamoClients(script.client, "clients", os.urandom).get("id", NOW),
        DynamoGrants(script.client, "grants", os.urandom).get("id"),
        DynamoLedger(script.client, "ledger", os.urandom).get("id", NOW),
    ):
        with pytest.raises(StoreUnavailable, match="in a form that this version does not know"):
            await call


def test_nothing_secret_is_in_an_adapters_repr(dynamodb: DynamoDB) -> None:
    assert "urandom" not in repr(DynamoGrants(dynamodb().client, "grants", os.urandom)._table)
    assert Client.__name__ in repr(PUBLIC)
