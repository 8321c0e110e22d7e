"""KMS, with its answers written down; tests/aws/test_keys.py holds it to the contract on an emulator."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, NoCredentialsError, ReadTimeoutError

from mailconnect.grants.errors import SealBroken
from mailconnect.keys.keyfile import owner_message
from mailconnect.keys.kms import KmsNamer, KmsOpener, KmsSealer, kms_config
from mailconnect.keys.port import KeyUnavailable
from mailconnect.pseudonyms import grant_hash
from tests.aws.scripted import Answer, Refusal, Scripted, scripted
from tests.keys.contract import DATA_KEY, GRANT, PROVIDER

pytestmark = pytest.mark.anyio

Kms = Callable[..., Scripted]
KEY = "arn:aws:kms:eu-central-1:123456789012:key/new"
OLD_KEY = "arn:aws:kms:eu-central-1:123456789012:key/old"
SEALED = b"sealed by KMS"
URL = "http://127.0.0.1:1"

PASSING = [
    Refusal(400, "ThrottlingException"),
    Refusal(400, "LimitExceededException"),
    Refusal(500, "KMSInternalException"),
    Refusal(500, "KeyUnavailableException"),
    Refusal(503, "DependencyTimeoutException"),
    ReadTimeoutError(endpoint_url=URL),
    ConnectTimeoutError(endpoint_url=URL),
    ConnectionClosedError(endpoint_url=URL),
]
LASTING = [
    Refusal(400, "DisabledException"),
    Refusal(400, "KMSInvalidStateException"),  # pending deletion
    Refusal(400, "NotFoundException"),
    Refusal(400, "AccessDeniedException"),
    Refusal(400, "InvalidKeyUsageException"),
    Refusal(400, "IncorrectKeyException"),
    Refusal(400, "ExpiredTokenException"),
    NoCredentialsError(),
]


def name(answer: Answer) -> str:
    return answer.code if isinstance(answer, Refusal) else type(answer).__name__


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kms]:
    with ExitStack() as stack:

        def made(*answers: Answer) -> Scripted:
            return stack.enter_context(scripted("kms", kms_config(), monkeypatch, *answers))

        yield made


def wire(data: bytes) -> str:
    return base64.b64encode(data).decode()


def opened(key: str = KEY) -> dict[str, Any]:
    return {"Plaintext": wire(DATA_KEY), "KeyId": key}


CONTEXT = {"app": "mailconnect", "purpose": "revoke", "grant": grant_hash(GRANT)}


async def test_sealing_is_one_encrypt_under_a_context_that_names_no_grant(kms: Kms) -> None:
    script = kms({"CiphertextBlob": wire(SEALED), "KeyId": KEY})
    assert await KmsSealer(script.client, KEY).seal_data_key(DATA_KEY, GRANT) == SEALED
    assert script.operations == ["Encrypt"]
    assert script.requests == [{"KeyId": KEY, "Plaintext": wire(DATA_KEY), "EncryptionContext": CONTEXT}]
    assert GRANT not in str(CONTEXT)


async def test_opening_is_one_decrypt_under_the_same_context(kms: Kms) -> None:
    script = kms(opened())
    assert await KmsOpener(script.client, (KEY,)).open_data_key(SEALED, GRANT) == DATA_KEY
    assert script.operations == ["Decrypt"]
    assert script.requests == [{"CiphertextBlob": wire(SEALED), "EncryptionContext": CONTEXT}]


@pytest.mark.row("F-35")
async def test_a_data_key_that_a_replaced_key_sealed_opens_as_long_as_that_key_is_named(kms: Kms) -> None:
    script = kms(opened(KEY), opened(OLD_KEY), opened(OLD_KEY))
    both = KmsOpener(script.client, (KEY, OLD_KEY))
    assert await both.open_data_key(SEALED, GRANT) == DATA_KEY
    assert await both.open_data_key(SEALED, GRANT) == DATA_KEY
    with pytest.raises(KeyUnavailable, match="sealed under a key that is not ours"):
        await KmsOpener(script.client, (KEY,)).open_data_key(SEALED, GRANT)


async def test_naming_is_one_hmac_of_a_hash_whatever_the_names_length(kms: Kms) -> None:
    mac = bytes(range(32))
    script = kms(*[{"Mac": wire(mac)}] * 2)
    namer = KmsNamer(script.client, KEY)
    for username in ("jane@example.com", "x" * 100_000):
        assert await namer.owner(PROVIDER, username) == mac.hex()
    assert script.operations == ["GenerateMac"] * 2
    assert script.requests[0] == {
        "KeyId": KEY,
        "MacAlgorithm": "HMAC_SHA_256",
        "Message": wire(hashlib.sha256(owner_message(PROVIDER, "jane@example.com")).digest()),
    }
    assert "jane" not in str(script.requests)


def calls(client: Any) -> list[Any]:
    return [
        KmsSealer(client, KEY).seal_data_key(DATA_KEY, GRANT),
        KmsOpener(client, (KEY,)).open_data_key(SEALED, GRANT),
        KmsNamer(client, KEY).owner(PROVIDER, "jane"),
    ]


@pytest.mark.row("F-33")
@pytest.mark.parametrize("trouble", PASSING, ids=name)
async def test_a_passing_fault_is_tried_three_times(kms: Kms, trouble: Answer) -> None:
    script = kms(trouble, trouble, {"CiphertextBlob": wire(SEALED)})
    assert await KmsSealer(script.client, KEY).seal_data_key(DATA_KEY, GRANT) == SEALED
    script = kms(*[trouble] * 9)
    for call in calls(script.client):
        with pytest.raises(KeyUnavailable, match=r"^KMS: [A-Za-z]+$"):
            await call
    assert len(script.requests) == 9
    assert sum(script.pauses[:2]) <= 3


@pytest.mark.row("F-34")
@pytest.mark.parametrize("trouble", LASTING, ids=name)
async def test_a_key_that_cannot_be_used_is_unavailable_and_nothing_is_given_up(kms: Kms, trouble: Answer) -> None:
    script = kms(*[trouble] * 3)
    for call in calls(script.client):
        with pytest.raises(KeyUnavailable) as unavailable:
            await call
        assert "canary" not in str(unavailable.value)
        assert unavailable.value.__suppress_context__
    assert script.pauses == []


@pytest.mark.row("ST-02")
async def test_a_sealed_key_that_is_damaged_or_another_grants_is_broken(kms: Kms) -> None:
    script = kms(Refusal(400, "InvalidCiphertextException"))
    with pytest.raises(SealBroken):
        await KmsOpener(script.client, (KEY,)).open_data_key(SEALED, GRANT)
    assert script.pauses == []


@pytest.mark.row("ST-03")
@pytest.mark.parametrize("length", [0, 6145, 100_000])
async def test_a_sealed_key_that_kms_would_not_even_take_is_broken(kms: Kms, length: int) -> None:
    with pytest.raises(SealBroken):
        await KmsOpener(kms().client, (KEY,)).open_data_key(bytes(length), GRANT)


async def test_a_malformed_answer_is_no_crash(kms: Kms) -> None:
    script = kms(*[b"[1]"] * 3)
    for call in calls(script.client):
        with pytest.raises(KeyUnavailable):
            await call


def test_waits_and_attempts_are_set_on_purpose() -> None:
    config = kms_config()
    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert config.tcp_keepalive
