"""KMS on an emulator, held to the contract of every holder of keys.

moto alone: ministack opens sealed values that were tampered with. What moto gets wrong (it uses disabled keys, and
throttles nothing) is written down in tests/keys/test_kms.py.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from mailconnect.grants.errors import SealBroken
from mailconnect.keys.kms import KmsNamer, KmsOpener, KmsSealer
from mailconnect.keys.port import KeyUnavailable
from tests.aws.emulator import Emulator
from tests.aws.faults import acting, answer_lost, request_lost
from tests.keys.contract import DATA_KEY, GRANT, OTHER_GRANT, PROVIDER, NamingContract, SealingContract

pytestmark = [pytest.mark.anyio, pytest.mark.aws]


@pytest.fixture
def kms(moto: Emulator) -> Iterator[Any]:
    client = moto.kms()
    yield client
    client.close()


@pytest.fixture
def sealing_key(kms: Any) -> str:
    return new_key(kms)


@pytest.fixture
def owner_key(kms: Any) -> str:
    return new_key(kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")


def new_key(kms: Any, **kind: str) -> str:
    """Its ARN."""
    arn: str = kms.create_key(**kind)["KeyMetadata"]["Arn"]
    return arn


@pytest.fixture
def sealer(kms: Any, sealing_key: str) -> KmsSealer:
    return KmsSealer(kms, sealing_key)


@pytest.fixture
def opener(kms: Any, sealing_key: str) -> KmsOpener:
    return KmsOpener(kms, (sealing_key,))


@pytest.fixture
def namer(kms: Any, owner_key: str) -> KmsNamer:
    return KmsNamer(kms, owner_key)


class TestKmsSeals(SealingContract):
    pass


class TestKmsNamesOwners(NamingContract):
    pass


@pytest.mark.row("F-35")
async def test_a_rotated_key_opens_what_it_sealed_before(
    kms: Any, sealing_key: str, sealer: KmsSealer, opener: KmsOpener
) -> None:
    before = await sealer.seal_data_key(DATA_KEY, GRANT)
    kms.rotate_key_on_demand(KeyId=sealing_key)
    after = await sealer.seal_data_key(DATA_KEY, GRANT)
    assert [await opener.open_data_key(sealed, GRANT) for sealed in (before, after)] == [DATA_KEY] * 2


@pytest.mark.row("F-35")
async def test_an_alias_that_was_given_to_a_new_key_seals_under_it_and_the_old_one_still_opens(kms: Any) -> None:
    old, new = new_key(kms), new_key(kms)
    kms.create_alias(AliasName="alias/sealing", TargetKeyId=old)
    sealer = KmsSealer(kms, "alias/sealing")
    before = await sealer.seal_data_key(DATA_KEY, GRANT)
    kms.update_alias(AliasName="alias/sealing", TargetKeyId=new)
    after = await sealer.seal_data_key(DATA_KEY, GRANT)
    both, only_new = KmsOpener(kms, (new, old)), KmsOpener(kms, (new,))
    assert [await both.open_data_key(sealed, GRANT) for sealed in (before, after)] == [DATA_KEY] * 2
    assert await only_new.open_data_key(after, GRANT) == DATA_KEY
    with pytest.raises(KeyUnavailable):
        await only_new.open_data_key(before, GRANT)


@pytest.mark.row("F-34")
async def test_a_key_that_is_gone_or_of_the_wrong_kind_is_unavailable(kms: Any, owner_key: str) -> None:
    gone = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    for call in (
        KmsSealer(kms, gone).seal_data_key(DATA_KEY, GRANT),
        KmsNamer(kms, gone).owner(PROVIDER, "jane"),
        KmsNamer(kms, new_key(kms)).owner(PROVIDER, "jane"),
    ):
        with pytest.raises(KeyUnavailable):
            await call


@pytest.mark.row("F-33")
async def test_an_answer_or_a_request_that_gets_lost_is_made_up_for(
    kms: Any, sealer: KmsSealer, opener: KmsOpener, namer: KmsNamer
) -> None:
    with acting(kms, "Encrypt", answer_lost, request_lost):
        sealed = await sealer.seal_data_key(DATA_KEY, GRANT)
    with acting(kms, "Decrypt", request_lost, answer_lost):
        assert await opener.open_data_key(sealed, GRANT) == DATA_KEY
    owner = await namer.owner(PROVIDER, "jane")
    with acting(kms, "GenerateMac", answer_lost):
        assert await namer.owner(PROVIDER, "jane") == owner


async def test_no_data_key_is_in_a_repr_or_an_error(
    kms: Any, sealer: KmsSealer, opener: KmsOpener, caplog: pytest.LogCaptureFixture
) -> None:
    sealed = await sealer.seal_data_key(DATA_KEY, GRANT)
    with pytest.raises(SealBroken) as broken:
        await opener.open_data_key(sealed, OTHER_GRANT)
    with acting(kms, "Encrypt", *[request_lost] * 3), pytest.raises(KeyUnavailable) as unavailable:
        await sealer.seal_data_key(DATA_KEY, GRANT)
    told = f"{sealer!r} {opener!r} {broken.value!r} {unavailable.value!r} {caplog.text}"
    assert repr(DATA_KEY)[2:12] not in told
    assert DATA_KEY.hex() not in told
