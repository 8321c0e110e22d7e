"""What every store of clients must do. A subclass gives the fixtures `clients` and `clients_elsewhere`, a second
instance onto the same data."""

import asyncio
import dataclasses

import pytest

from mailconnect.oauth.clients.client import AuthMethod, Client
from mailconnect.store.clients import Clients
from mailconnect.store.errors import AlreadyExists

NOW = 1_800_000_000
PUBLIC = Client(
    id="c" * 22,
    name="Zoë’s 助手 \U0001f4ec",
    redirect_uris=("https://poke.example/callback", "http://127.0.0.1/cb?a=1&b=%20"),
    auth_method=AuthMethod.NONE,
    secret_hash=None,
    grant_types=("authorization_code", "refresh_token"),
    client_uri=None,
    created_at=NOW,
    expires_at=NOW + 100,
)
CONFIDENTIAL = dataclasses.replace(
    PUBLIC,
    id="d" * 22,
    name="",
    redirect_uris=("https://one.example/",),
    auth_method=AuthMethod.BASIC,
    secret_hash="0" * 64,
    grant_types=(),
    client_uri="https://one.example/about",
    expires_at=2**53 + 1,
)


SIGNING = dataclasses.replace(
    PUBLIC,
    id="e" * 22,
    auth_method=AuthMethod.PRIVATE_KEY_JWT,
    jwks='{"keys": []}',
    jwks_uri="https://one.example/keys",
    other_auth_methods=("none",),
)


class ClientsContract:
    expires_by_itself = False
    """Whether expired items go without `delete_expired`."""

    @pytest.mark.parametrize("client", [PUBLIC, CONFIDENTIAL, SIGNING], ids=["public", "confidential", "signing"])
    async def test_a_client_comes_back_as_it_was_put(self, clients: Clients, client: Client) -> None:
        await clients.put(client)
        got = await clients.get(client.id, NOW)
        assert got == client
        assert got is not None
        assert type(got.auth_method) is AuthMethod

    @pytest.mark.parametrize("strange", ["", "x" * 3000, "\ud800", "\x00", "' OR 1=1 --"], ids=ascii)
    async def test_an_id_that_nobody_registered_is_not_found(self, clients: Clients, strange: str) -> None:
        await clients.put(PUBLIC)
        assert await clients.get(strange, NOW) is None

    async def test_a_registration_is_never_overwritten(self, clients: Clients) -> None:
        await clients.put(PUBLIC)
        with pytest.raises(AlreadyExists):
            await clients.put(dataclasses.replace(PUBLIC, redirect_uris=("https://evil.example/",)))
        assert await clients.get(PUBLIC.id, NOW) == PUBLIC

    async def test_of_twenty_concurrent_registrations_of_one_id_one_wins(
        self, clients: Clients, clients_elsewhere: Clients
    ) -> None:
        registrations = [dataclasses.replace(PUBLIC, name=str(number)) for number in range(20)]
        outcomes = await asyncio.gather(
            *((clients, clients_elsewhere)[number % 2].put(client) for number, client in enumerate(registrations)),
            return_exceptions=True,
        )
        assert outcomes.count(None) == 1
        assert sum(isinstance(outcome, AlreadyExists) for outcome in outcomes) == 19
        assert await clients.get(PUBLIC.id, NOW) == registrations[outcomes.index(None)]

    @pytest.mark.row("ST-06")
    async def test_an_expired_registration_is_as_good_as_gone(self, clients: Clients) -> None:
        await clients.put(PUBLIC)
        assert await clients.get(PUBLIC.id, PUBLIC.expires_at - 1) == PUBLIC
        assert await clients.get(PUBLIC.id, PUBLIC.expires_at) is None

    @pytest.mark.row("ST-06")
    async def test_an_expired_registration_is_in_nobodys_way(self, clients: Clients) -> None:
        await clients.put(PUBLIC)
        later = dataclasses.replace(CONFIDENTIAL, id=PUBLIC.id, created_at=PUBLIC.expires_at)
        await clients.put(later)
        assert await clients.get(PUBLIC.id, later.created_at) == later

    @pytest.mark.parametrize("later", [-50, 0, 50])
    async def test_a_newer_document_takes_the_place_of_the_one_before(
        self, clients: Clients, clients_elsewhere: Clients, later: int
    ) -> None:
        """Of both ends the later counts: a grant may need the client longer than the newest consent."""
        first = dataclasses.replace(PUBLIC, id="https://app.example/client.json", client_uri="https://app.example/")
        second = dataclasses.replace(
            first,
            name="New",
            redirect_uris=("https://app.example/new",),
            client_uri=None,
            created_at=NOW + 9,
            expires_at=first.expires_at + later,
        )
        await clients.remember(first)
        assert await clients.get(first.id, NOW) == first
        await clients_elsewhere.remember(second)
        expected = dataclasses.replace(second, expires_at=first.expires_at + max(later, 0))
        assert await clients.get(first.id, NOW) == expected

    @pytest.mark.parametrize("later", [-50, 0, 50])
    async def test_a_document_that_was_read_later_stays_and_its_end_is_the_later_one(
        self, clients: Clients, clients_elsewhere: Clients, later: int
    ) -> None:
        newer = dataclasses.replace(PUBLIC, name="New", created_at=NOW + 10, jwks="{}", expires_at=NOW + 100)
        older = dataclasses.replace(
            PUBLIC,
            name="Old",
            created_at=NOW + 9,
            jwks=None,
            jwks_uri="https://app.example/k",
            expires_at=NOW + 100 + later,
        )
        await clients.remember(newer)
        await clients_elsewhere.remember(older)
        expected = dataclasses.replace(newer, expires_at=NOW + 100 + max(later, 0))
        assert await clients.get(PUBLIC.id, NOW) == expected
        again = dataclasses.replace(older, created_at=newer.created_at)  # of the same second, the later word
        await clients_elsewhere.remember(again)
        assert await clients.get(PUBLIC.id, NOW) == dataclasses.replace(again, expires_at=expected.expires_at)

    @pytest.mark.row("ST-06")
    async def test_an_expired_document_is_in_nobodys_way(self, clients: Clients) -> None:
        await clients.remember(PUBLIC)
        later = dataclasses.replace(PUBLIC, name="New", created_at=NOW + 200, expires_at=NOW + 300)
        await clients.remember(later)
        assert await clients.get(PUBLIC.id, NOW + 200) == later

    async def test_a_registration_is_replaced_once_by_the_holder_of_its_hash(
        self, clients: Clients, clients_elsewhere: Clients
    ) -> None:
        """Its end is not the client's to change."""
        first = dataclasses.replace(CONFIDENTIAL, expires_at=NOW + 100, registration_hash="a" * 64)
        second = dataclasses.replace(
            PUBLIC, id=first.id, name="New", created_at=NOW, expires_at=NOW + 999, registration_hash="b" * 64
        )
        await clients.put(first)
        assert not await clients.replace(second, "c" * 64)
        assert await clients.get(first.id, NOW) == first
        outcomes = [await store.replace(second, "a" * 64) for store in (clients_elsewhere, clients)]
        assert outcomes == [True, False]
        assert await clients.get(first.id, NOW) == dataclasses.replace(second, expires_at=NOW + 100)

    async def test_a_registration_is_deleted_by_the_holder_of_its_hash(self, clients: Clients) -> None:
        await clients.put(dataclasses.replace(PUBLIC, registration_hash="a" * 64))
        assert not await clients.delete(PUBLIC.id, "b" * 64)
        assert await clients.get(PUBLIC.id, NOW) is not None
        assert await clients.delete(PUBLIC.id, "a" * 64)
        assert await clients.get(PUBLIC.id, NOW) is None
        assert not await clients.delete(PUBLIC.id, "a" * 64)

    async def test_a_registration_without_a_hash_is_nobodys_to_change(self, clients: Clients) -> None:
        await clients.put(PUBLIC)
        for guess in ("", "None", "a" * 64):
            assert not await clients.replace(PUBLIC, guess)
            assert not await clients.delete(PUBLIC.id, guess)
        assert await clients.get(PUBLIC.id, NOW) == PUBLIC

    async def test_a_registration_in_use_is_kept_longer(self, clients: Clients) -> None:
        await clients.put(PUBLIC)
        await clients.put(CONFIDENTIAL)
        await clients.keep_until(PUBLIC.id, NOW + 500)
        assert await clients.get(PUBLIC.id, NOW + 499) == dataclasses.replace(PUBLIC, expires_at=NOW + 500)
        assert await clients.get(CONFIDENTIAL.id, NOW) == CONFIDENTIAL

    async def test_a_registration_is_never_kept_shorter(self, clients: Clients) -> None:
        await clients.put(PUBLIC)
        await clients.keep_until(PUBLIC.id, NOW + 50)
        assert await clients.get(PUBLIC.id, NOW + 99) == PUBLIC

    async def test_keeping_an_unknown_client_makes_none(self, clients: Clients) -> None:
        await clients.keep_until("nobody", NOW + 500)
        assert await clients.get("nobody", NOW) is None

    async def test_expired_registrations_are_deleted_and_no_others(self, clients: Clients) -> None:
        expired = [dataclasses.replace(PUBLIC, id=str(number), expires_at=NOW - number) for number in range(3)]
        for client in (*expired, PUBLIC):
            await clients.put(dataclasses.replace(client, created_at=NOW - 1000))
        assert await clients.delete_expired(NOW) == (0 if self.expires_by_itself else 3)
        assert await clients.delete_expired(NOW) == 0
        assert await clients.get(PUBLIC.id, NOW) is not None
        assert [await clients.get(client.id, NOW) for client in expired] == [None, None, None]
