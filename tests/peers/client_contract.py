"""What every client must live through with the bridge. A subclass gives the fixtures `open_client` and `habits`."""

import re
from dataclasses import dataclass, field
from typing import Any, ClassVar

import anyio
import httpx
import pytest

from mailconnect.mcp import tools
from mailconnect.sandbox.accounts import ALICE
from tests.peers.client import AskedPerson, Client, Credentials, OpenClient
from tests.peers.proven import Known
from tests.peers.running_bridge import RunningBridge

TOOLS = ["get_session", "list_mailboxes"]
"""Called together where it matters that two are."""
EVERY_TOOL = [tool.name for tool in tools.TOOLS if tool.name != "request_access"]
"""What one sees who is allowed everything."""
DISCOVERY = [
    "GET /.well-known/oauth-protected-resource/mcp 200",
    "GET /.well-known/oauth-authorization-server 200",
]
REGISTRATION = "POST /register 201"
REDEMPTION = "POST /token authorization_code 200"
REFRESH = "POST /token refresh_token 200"
CALL = "POST /mcp tools/call 200"
CALL_REFUSED = "POST /mcp tools/call 401"
REFRESH_REFUSED = "POST /token refresh_token 400"


@dataclass(frozen=True, slots=True)
class Habits:
    """What a client speaks, and every request it sends: more would be an error that it hides, less a step left out.

    `connecting` ends with the list of tools; `renewing` is both tools called at once with an expired access token;
    `reconnecting` one tool called after its connection was revoked; `calling` one tool called in between. What it sends
    beside its steps, unless it happens to end first, is `by_chance`.
    """

    revision: str
    connecting: list[str]
    renewing: list[str]
    reconnecting: list[str]
    calling: list[str] = field(default_factory=lambda: [CALL])
    by_chance: str | None = None

    def steps(self, sent: list[str]) -> list[str]:
        return [request for request in sent if not (self.by_chance and request.startswith(f"{self.by_chance} "))]


class ClientContract:
    client: ClassVar[Known]

    async def test_it_registers_connects_and_calls_both_tools(
        self, open_client: OpenClient, habits: Habits, bridge: RunningBridge, http: httpx.AsyncClient
    ) -> None:
        person = AskedPerson("alice", http)
        async with open_client(bridge, person) as client:
            connected = await client.connect()
            assert connected.revision == habits.revision
            assert connected.tools == EVERY_TOOL
            introduced = {"POST /mcp initialize 200", "POST /mcp server/discover 200"} & {*client.sent}
            assert bool(connected.instructions) == bool(introduced)
            assert habits.steps(client.sent) == habits.connecting
            [session] = await client.call("get_session")
            [listing] = await client.call("list_mailboxes")
        assert habits.steps(client.sent) == [*habits.connecting, *habits.calling, *habits.calling]
        assert person.times == 1
        assert session["structuredContent"]["username"] == ALICE.username
        assert session["structuredContent"]["accountId"] == ALICE.primary.account_id
        assert mailboxes(listing) == mailboxes_of_the_sandbox(bridge)

    async def test_it_connects_where_a_gateway_renames_the_challenge(
        self, open_client: OpenClient, renaming_bridge: RunningBridge, http: httpx.AsyncClient
    ) -> None:
        """As API Gateway does, to x-amzn-remapped-www-authenticate: the well-known addresses are enough."""
        person = AskedPerson("alice", http)
        async with open_client(renaming_bridge, person) as client:
            assert (await client.connect()).tools == EVERY_TOOL
            [session] = await client.call("get_session")
            refused = await http.post(renaming_bridge.mcp_url, json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
        assert (refused.status_code, "www-authenticate" in refused.headers) == (401, False)
        assert session["structuredContent"]["username"] == ALICE.username

    async def test_it_refreshes_an_expired_access_token_by_itself(
        self,
        open_client: OpenClient,
        habits: Habits,
        bridge_of_short_lived_tokens: RunningBridge,
        http: httpx.AsyncClient,
    ) -> None:
        mcp_url = bridge_of_short_lived_tokens.mcp_url
        person = AskedPerson("alice", http)
        async with open_client(bridge_of_short_lived_tokens, person) as client:
            await client.connect()
            before = await client.credentials()
            asked, sent = person.times, len(client.sent)
            await until_expired(client, before, mcp_url, http)
            session, listing = await client.call(*TOOLS)
            after = await client.credentials()
        assert person.times == asked
        assert sorted(habits.steps(client.sent[sent:])) == sorted(habits.renewing)
        assert session["structuredContent"]["username"] == ALICE.username
        assert mailboxes(listing) == mailboxes_of_the_sandbox(bridge_of_short_lived_tokens)
        assert after.client_id == before.client_id
        assert after.access_token != before.access_token
        assert after.refresh_token != before.refresh_token

    async def test_once_revoked_it_asks_the_person_again_and_is_connected_anew(
        self, open_client: OpenClient, habits: Habits, bridge: RunningBridge, http: httpx.AsyncClient
    ) -> None:
        person = AskedPerson("alice", http)
        async with open_client(bridge, person) as client:
            await client.connect()
            before, sent = await client.credentials(), len(client.sent)
            await revoke(bridge, before, http)
            refused = await ping(bridge.mcp_url, before, http)
            assert refused.status_code == 401
            assert 'error="invalid_token"' in refused.headers["www-authenticate"]

            assert person.times == 1
            [listing] = await client.call("list_mailboxes")
            after = await client.credentials()
        assert person.times == 2
        assert habits.steps(client.sent[sent:]) == habits.reconnecting
        assert mailboxes(listing) == mailboxes_of_the_sandbox(bridge)
        assert after.client_id == before.client_id
        assert (await ping(bridge.mcp_url, before, http)).status_code == 401
        assert (await ping(bridge.mcp_url, after, http)).status_code == 200

    async def test_it_searches_reads_a_thread_and_reads_a_pdf(
        self, open_client: OpenClient, habits: Habits, bridge: RunningBridge, http: httpx.AsyncClient
    ) -> None:
        async with open_client(bridge, AskedPerson("alice", http)) as client:
            await client.connect()
            await search_a_thread_and_a_pdf(client)
        assert habits.steps(client.sent) == [*habits.connecting, *habits.calling * 5]


class DocumentedClientContract(ClientContract):
    """For clients that can be known by a document of theirs (draft-ietf-oauth-client-id-metadata-document)."""

    async def test_it_connects_by_its_document_and_registers_nowhere(
        self, open_client: OpenClient, habits: Habits, documented_bridge: RunningBridge, http: httpx.AsyncClient
    ) -> None:
        person = AskedPerson("alice", http)
        async with open_client(documented_bridge, person) as client:
            connected = await client.connect()
            assert connected.tools == EVERY_TOOL
            # The same steps but one; some look twice at what is to be discovered.
            assert {*habits.steps(client.sent)} == {*habits.connecting} - {REGISTRATION}
            [session] = await client.call("get_session")
            [listing] = await client.call("list_mailboxes")
            held = await client.credentials()
            await revoke(documented_bridge, held, http)
            [again] = await client.call("list_mailboxes")
        assert held.client_id == documented_bridge.document
        assert person.times == 2
        assert session["structuredContent"]["username"] == ALICE.username
        assert mailboxes(listing) == mailboxes(again) == mailboxes_of_the_sandbox(documented_bridge)


class RelayedClientContract(DocumentedClientContract):
    """For clients that cannot be asked what they send."""

    @pytest.fixture
    def documented_bridge(self, relayed_documented_bridge: RunningBridge) -> RunningBridge:
        return relayed_documented_bridge

    @pytest.fixture
    def bridge(self, relayed_bridge: RunningBridge) -> RunningBridge:
        return relayed_bridge

    @pytest.fixture
    def bridge_of_short_lived_tokens(self, relayed_bridge_of_short_lived_tokens: RunningBridge) -> RunningBridge:
        return relayed_bridge_of_short_lived_tokens


async def search_a_thread_and_a_pdf(client: Client) -> None:
    """Of the sandbox's alice, by five calls. What the client gives its application is what the bridge said."""

    async def text(tool: str, **arguments: Any) -> str:
        [result] = await client.call(tool, **arguments)
        assert not result.get("isError"), result
        assert result.get("structuredContent") is None
        [block] = result["content"]
        return str(block["text"])

    hits = await text("search_emails", query="subject:harbour -in:drafts", timeZone="Europe/Zurich", limit=1)
    thread = re.search(r"threadId (\S+)", hits)
    assert thread, hits
    read = await text("read_emails", threadId=thread[1])
    assert re.match(r"Thread of 12 emails: \d+ here", read), read[:200]
    assert read.count("\n<<mail ") == read.count("\n<</mail ") > 1

    hits = await text("search_emails", query="subject:invoice from:nimbus", limit=1)
    email = re.search(r"^emailId (\S+)", hits, re.MULTILINE)
    assert email, hits
    read = await text("read_emails", emailIds=[email[1]])
    attachment = re.search(r"attachmentId (\S+) · invoice\.pdf · application/pdf", read)
    assert attachment, read
    file = await text("read_attachment", emailId=email[1], attachmentId=attachment[1])
    assert file.startswith("PDF · ")
    assert "│ Invoice number: NH-" in file


Box = tuple[str | None, int, int]
"""Role, emails, unread emails."""


def mailboxes(listing: dict[str, Any]) -> dict[str, Box]:
    """Of list_mailboxes' result, by full path."""
    assert not listing.get("isError"), listing
    found = listing["structuredContent"]["mailboxes"]
    by_path = {box["path"]: (box.get("role"), box["totalEmails"], box["unreadEmails"]) for box in found}
    assert len(by_path) == len(found)
    return by_path


def mailboxes_of_the_sandbox(bridge: RunningBridge) -> dict[str, Box]:
    """With what the bridge's first run has left there."""
    boxes = {"/".join(box.path): (box.role, box.total, box.unread) for box in ALICE.primary.mailboxes}
    role, total, unread = boxes["Drafts"]
    return boxes | {"Drafts": (role, total + bridge.first_drafts, unread)}


async def ping(mcp_url: str, held: Credentials, http: httpx.AsyncClient) -> httpx.Response:
    headers = {"authorization": f"Bearer {held.access_token}", "accept": "application/json, text/event-stream"}
    return await http.post(mcp_url, headers=headers, json={"jsonrpc": "2.0", "id": 1, "method": "ping"})


async def until_expired(client: Client, held: Credentials, mcp_url: str, http: httpx.AsyncClient) -> None:
    """Until the bridge refuses the token, and the client knows it too where it keeps time.

    That is up to a second later: the bridge counts whole seconds from the one in which it issued the token, the client
    from when it received it. In between, the Python SDK takes the 401 for a connection that has ended.
    """
    with anyio.fail_after(15):
        while not await client.believes_expired() or (await ping(mcp_url, held, http)).status_code != 401:  # noqa: ASYNC110
            await anyio.sleep(0.1)  # nobody tells when a token expires: only asking does


async def revoke(bridge: RunningBridge, held: Credentials, http: httpx.AsyncClient) -> None:
    """As an assistant does when its person removes the connection there (RFC 7009)."""
    server = (await http.get(f"{bridge.issuer}/.well-known/oauth-authorization-server")).json()
    form = {"token": held.refresh_token, "client_id": held.client_id}
    answer = await http.post(server["revocation_endpoint"], data=form)
    assert answer.status_code == 200, answer.text
