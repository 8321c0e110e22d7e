"""What every holder of the keys must do. A subclass gives the fixtures `sealer`, `opener` and `namer`."""

import random
import re
import unicodedata

import pytest

from mailconnect.grants.errors import SealBroken
from mailconnect.keys.port import DataKeyOpener, DataKeySealer, KeyUnavailable, OwnerNamer

DATA_KEY = random.Random(1).randbytes(32)
GRANT, OTHER_GRANT = "0" * 22, "0" * 21 + "1"
PROVIDER = "https://api.fastmail.com"


class SealingContract:
    async def test_a_data_key_opens_for_its_grant(self, sealer: DataKeySealer, opener: DataKeyOpener) -> None:
        sealed = await sealer.seal_data_key(DATA_KEY, GRANT)
        assert DATA_KEY not in sealed
        assert await opener.open_data_key(sealed, GRANT) == DATA_KEY

    @pytest.mark.row("ST-02")
    async def test_a_data_key_does_not_open_for_another_grant(
        self, sealer: DataKeySealer, opener: DataKeyOpener
    ) -> None:
        sealed = await sealer.seal_data_key(DATA_KEY, GRANT)
        with pytest.raises(SealBroken):
            await opener.open_data_key(sealed, OTHER_GRANT)

    @pytest.mark.row("ST-03")
    async def test_a_data_key_with_any_byte_changed_does_not_open(
        self, sealer: DataKeySealer, opener: DataKeyOpener
    ) -> None:
        sealed = await sealer.seal_data_key(DATA_KEY, GRANT)
        for place in range(len(sealed)):
            forged = sealed[:place] + bytes([sealed[place] ^ 1 << place % 8]) + sealed[place + 1 :]
            with pytest.raises((SealBroken, KeyUnavailable)):
                await opener.open_data_key(forged, GRANT)

    @pytest.mark.row("ST-03")
    async def test_a_data_key_cut_or_prolonged_does_not_open(
        self, sealer: DataKeySealer, opener: DataKeyOpener
    ) -> None:
        sealed = await sealer.seal_data_key(DATA_KEY, GRANT)
        cut = [sealed[:length] for length in range(len(sealed))]
        for forged in (*cut, sealed + b"\0", sealed + bytes(100_000), bytes(len(sealed)), b"\xff" * 300):
            with pytest.raises((SealBroken, KeyUnavailable)):
                await opener.open_data_key(forged, GRANT)

    async def test_the_same_data_key_is_sealed_differently_each_time(self, sealer: DataKeySealer) -> None:
        assert len({await sealer.seal_data_key(DATA_KEY, GRANT) for _ in range(20)}) == 20


class NamingContract:
    async def test_an_owner_is_64_hex_digits_that_tell_nothing(self, namer: OwnerNamer) -> None:
        owner = await namer.owner(PROVIDER, "jane@example.com")
        assert re.fullmatch("[0-9a-f]{64}", owner)
        assert owner == await namer.owner(PROVIDER, "jane@example.com")

    @pytest.mark.parametrize("spelling", ["JANE@Example.COM", "  jane@example.com\n", "\u00a0Jane@example.com"])
    async def test_case_and_surrounding_space_do_not_matter(self, namer: OwnerNamer, spelling: str) -> None:
        assert await namer.owner(PROVIDER, spelling) == await namer.owner(PROVIDER, "jane@example.com")

    @pytest.mark.parametrize("name", ["Zoë@example.com", "STRASSE", "Straße", "Ὀδυσσεύς", "\u1fb4", "Å\u0323"])
    async def test_a_name_has_one_owner_in_all_forms_of_unicode(self, namer: OwnerNamer, name: str) -> None:
        forms = [unicodedata.normalize(form, name) for form in ("NFC", "NFD")]
        assert len({await namer.owner(PROVIDER, form) for form in forms}) == 1

    @pytest.mark.parametrize(("one", "other"), [("straße", "strasse"), ("\u017fam", "sam"), ("\uff4a", "j")])
    async def test_names_that_only_look_alike_are_different_owners(
        self, namer: OwnerNamer, one: str, other: str
    ) -> None:
        assert await namer.owner(PROVIDER, one) != await namer.owner(PROVIDER, other)

    async def test_the_order_of_a_letters_marks_does_not_matter(self, namer: OwnerNamer) -> None:
        assert await namer.owner(PROVIDER, "α\u0345\u0301") == await namer.owner(PROVIDER, "α\u0301\u0345")

    async def test_different_accounts_and_providers_are_different_owners(self, namer: OwnerNamer) -> None:
        accounts = [
            (PROVIDER, "jane@example.com"),
            (PROVIDER, "john@example.com"),
            (PROVIDER, "jane @example.com"),
            (PROVIDER, ""),
            ("https://jmap.example", "jane@example.com"),
            (PROVIDER + "j", "ane@example.com"),
            (PROVIDER + "\0", "jane@example.com"),
            (PROVIDER, "\0jane@example.com"),
        ]
        assert len({await namer.owner(*account) for account in accounts}) == len(accounts)

    @pytest.mark.parametrize("name", ["", "\ud800", "\0", "x" * 100_000, "\U0001f4ec"], ids=ascii)
    async def test_any_name_has_an_owner(self, namer: OwnerNamer, name: str) -> None:
        assert len(await namer.owner(PROVIDER, name)) == 64
