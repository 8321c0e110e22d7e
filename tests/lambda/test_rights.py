"""Each function may do what it does, and nothing else: the calls of all journeys against the policies of template.yaml.

The calls are noted where they arrive, and told apart by the credentials that they are signed with. The journeys are
gone through twice, the second time with the answer to every write lost: what a function then reads to find out belongs
to its rights too.
"""

import base64
import contextlib
import json
import os
import re
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import anyio
import httpx
import pytest
from botocore.exceptions import ClientError
from botocore.session import Session

from handlers.aws.attachments import CONFIG, LambdaReader
from mailconnect.attachments.result import AttachmentText, Unreadable
from mailconnect.endpoints.connect.client_lookup import ClientLookup
from mailconnect.oauth.clients.authentication import ASSERTION_TYPE
from mailconnect.oauth.clients.metadata_document import client_of_document
from mailconnect.pseudonyms import grant_hash
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.browser import Browser
from mailconnect.store.audit import ERASURES
from mailconnect.store.dynamodb.client_config import dynamodb_config
from mailconnect.store.dynamodb.clients import DynamoClients
from mailconnect.store.errors import StoreUnavailable
from tests.attachments.documents import pdf
from tests.attachments.hostile import zip_bomb
from tests.aws.emulator import Emulator
from tests.infra.cloud import Call
from tests.infra.rights import GrantedTwice, called, documented, granted, listed, of_the_platform
from tests.infra.running import DOMAIN, Running
from tests.infra.template import ENTRY_POINTS, FUNCTIONS, REGION, STACK, Deployment, document
from tests.oauth.signing import assertion, key_set
from tests.oauth.signing import key as key_of

pytestmark = pytest.mark.aws

WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
PUT = "dynamodb:PutItem"
DYNAMODB = """
BatchGetItem BatchWriteItem ConditionCheckItem DeleteItem DescribeTable ExportTableToPointInTime GetItem PartiQLSelect
PutItem Query Scan UpdateItem UpdateTable
""".split()  # noqa: SIM905
KMS = "CreateGrant Decrypt Encrypt GenerateDataKey GenerateMac ReEncryptFrom VerifyMac".split()  # noqa: SIM905
EVERY_ACTION = [*(f"dynamodb:{name}" for name in DYNAMODB), *(f"kms:{name}" for name in KMS), "lambda:InvokeFunction"]


async def journeys(deployed: Running) -> None:
    async with deployed.http() as http:
        await connected_by_api_token(deployed, http)
        assistant = deployed.assistant(http)
        await assistant.connect(deployed.person(http))
        await assistant.call_tool("list_mailboxes")
        await http.post(f"{deployed.sandbox}/sandbox/expire")
        assert not (await assistant.call_tool("list_mailboxes"))["isError"]
        await renewed_while_the_grants_cannot_be_written(deployed, http, assistant)
        await assistant.refresh()
        await revoked_while_the_provider_is_away(deployed, http, assistant)
        await ended_by_the_provider(deployed, http)
        await deployed.assistant(http).connect(deployed.person(http, "bob"))
        await anyio.to_thread.run_sync(disconnected_by_the_operator, deployed)
        await deployed.assistant(http).connect(deployed.person(http))
        await sent_at_the_owners_press(deployed, http)
        exported = {"command": "export", "owner": "alice@sandbox.test"}
        assert (await anyio.to_thread.run_sync(deployed.invoke, "Operator", exported))["approvals"]
        await on_the_account_page(deployed, http)
        await called_more_than_once_or_twice(deployed, http)
        await registration_in_its_own_hands(deployed, http)
        await signed_by_the_client(deployed, http)
        await anyio.to_thread.run_sync(
            deployed.invoke, "Operator", {"command": "switch", "name": "read_only", "on": False}
        )


async def connected_by_api_token(deployed: Running, http: httpx.AsyncClient) -> None:
    assistant = deployed.assistant(http)
    await assistant.connect(deployed.person(http, api_token="fmu1-sandbox-alice-full"))
    await assistant.revoke()
    with anyio.fail_after(90):
        while any(item["client_id"]["S"] == assistant.client_id for item in deployed.grants()):  # noqa: ASYNC110 - as below
            await anyio.sleep(0.2)


async def renewed_while_the_grants_cannot_be_written(
    deployed: Running, http: httpx.AsyncClient, assistant: Assistant
) -> None:
    await http.post(f"{deployed.sandbox}/sandbox/expire")
    deployed.cloud.refuses = lambda operation, body: operation == "UpdateItem" and b"refreshed_by" in body
    assert (await assistant.call_tool("list_mailboxes"))["isError"]
    deployed.cloud.refuses = lambda *_: False
    with anyio.fail_after(90):
        while (await assistant.call_tool("list_mailboxes"))["isError"]:  # noqa: ASYNC110 - the lease runs out by itself
            await anyio.sleep(0.5)


async def revoked_while_the_provider_is_away(deployed: Running, http: httpx.AsyncClient, assistant: Assistant) -> None:
    await http.post(f"{deployed.sandbox}/sandbox/switches", json={"faults": [{"endpoint": "revoke", "answer": 503}]})
    await assistant.revoke()
    with anyio.fail_after(90):
        while not any("revoke_attempts" in item for item in deployed.grants()):  # noqa: ASYNC110 - nobody tells
            await anyio.sleep(0.2)
    await http.delete(f"{deployed.sandbox}/sandbox/switches")


async def ended_by_the_provider(deployed: Running, http: httpx.AsyncClient) -> None:
    assistant = deployed.assistant(http)
    await assistant.connect(deployed.person(http))
    await http.post(f"{deployed.sandbox}/sandbox/disconnect", json={"username": "alice@sandbox.test"})
    assert (await assistant.call_tool("list_mailboxes"))["isError"]


async def signed_in_at_the_provider(deployed: Running, browser: Browser) -> None:
    page = await browser.open(f"{deployed.issuer}/account/sign-in?next=/account/delete")
    page = await browser.submit(page, page.forms[0], {})
    page = await browser.open(page.location or "")
    page = await browser.submit(page, page.forms[0], {"username": "alice", "password": "secret", "decision": "approve"})
    while page.location is not None:
        page = await browser.open(page.location)


async def on_the_account_page(deployed: Running, http: httpx.AsyncClient) -> None:
    """Narrows and exports after showing an API token, and deletes everything after signing in at the provider."""
    browser = Browser(http)
    page = await browser.open(f"{deployed.issuer}/account/sign-in")
    page = await browser.submit(page, page.forms[0], {"api_token": "fmu1-sandbox-alice-full"})
    for action in ("/account/change", "/account/export", "/account/delete"):
        if action == "/account/delete":
            await signed_in_at_the_provider(deployed, browser)
        page = await browser.open(f"{deployed.issuer}/account{'/delete' if action.endswith('delete') else ''}")
        [form, *_] = [form for form in page.forms if form.action == action]
        page = await browser.submit(page, form, dict(form.buttons))
        assert page.status < 400, page.text
    # A connection made in the same second as a deletion counts as older than the deletion.
    deleted_at = int(time.time())
    with anyio.fail_after(5):
        while int(time.time()) == deleted_at:  # noqa: ASYNC110 - as below
            await anyio.sleep(0.1)


async def sent_at_the_owners_press(deployed: Running, http: httpx.AsyncClient) -> None:
    """In a browser that is remembered twice, which ends what it was trusted with before."""
    assistant = deployed.assistant(http)
    await assistant.connect(deployed.person(http))
    written = await assistant.call_tool("write_draft", {"to": ["a@b.example"], "subject": "Hi", "body": "Hello"})
    draft_id = re.search(r"draftId (\S+)", written["content"][0]["text"])
    assert draft_id, written
    asked = await assistant.call_tool("send_draft", {"draftId": draft_id[1], "recipients": ["a@b.example"]})
    link = re.search(rf"{re.escape(deployed.issuer)}/approve\?link=\w+", asked["content"][0]["text"])
    assert link, asked
    browser = Browser(http)
    for _ in range(2):
        page = await browser.open(f"{deployed.issuer}/account/sign-in?next={link[0].removeprefix(deployed.issuer)}")
        page = await browser.submit(page, page.forms[0], {"remember": "yes"})
        page = await browser.open(page.location or "")
        if page.forms:
            filled = {"username": "alice", "password": "secret", "decision": "approve"}
            page = await browser.submit(page, page.forms[0], filled)
        while page.location is not None:
            page = await browser.open(page.location)
    page = await browser.submit(page, page.forms[0], {"press": "send", "know": "yes"})
    while page.location is not None:
        page = await browser.open(page.location)
    assert "Sent" in page.text, page.text
    await assistant.revoke()


async def called_more_than_once_or_twice(deployed: Running, http: httpx.AsyncClient) -> None:
    """Within a minute, however they lie in it: then the calls are counted in the ledger."""
    assistant = deployed.assistant(http)
    await assistant.connect(deployed.person(http))
    for _ in range(12):
        await assistant.call_tool("list_mailboxes")
    await assistant.revoke()


async def registration_in_its_own_hands(deployed: Running, http: httpx.AsyncClient) -> None:
    document = {"redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none"}
    for _ in range(12):  # as many as a function counts by itself, and more: then in the ledger
        given = (await http.post(f"{deployed.issuer}/register", json=document)).json()
    for method, status in (("GET", 200), ("PUT", 200), ("DELETE", 204)):
        answer = await http.request(
            method,
            given["registration_client_uri"],
            headers={"Authorization": f"Bearer {given['registration_access_token']}"},
            json=document | {"client_id": given["client_id"]} if method == "PUT" else None,
        )
        assert answer.status_code == status, answer.text
        given = answer.json() if answer.content else given


async def signed_by_the_client(deployed: Running, http: httpx.AsyncClient) -> None:
    signer = key_of("ES256")
    metadata = {
        "redirect_uris": ["https://app.example/cb"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": key_set(signer),
    }
    client_id = (await http.post(f"{deployed.issuer}/register", json=metadata)).json()["client_id"]
    claims = {"iss": client_id, "sub": client_id, "aud": deployed.issuer, "jti": "1", "exp": int(time.time()) + 60}
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion(signer, "ES256", claims)}
    assert (await http.post(f"{deployed.issuer}/revoke", data=form | {"token": "none"})).status_code == 200
    again = await http.post(f"{deployed.issuer}/revoke", data=form | {"token": "none"})
    assert again.status_code in {401, 503}  # where the answer is lost, whether it was used before is not known


async def consented_to_a_client_that_publishes_itself(deployed: Running) -> None:
    """The document would be at a public address, and be fetched. Here `web`'s own code writes what it would write
    then.
    """
    dynamodb = Session().create_client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=deployed.cloud.url,
        aws_access_key_id=deployed.functions["Web"].name,
        aws_secret_access_key="secret",
        config=dynamodb_config(),
    )
    now = int(time.time())
    clients = DynamoClients(dynamodb, deployed.deployment.state["ClientsTable"], os.urandom)
    try:
        for name, at in (("App", now), ("App, which calls itself otherwise now", now - 60)):
            lookup = ClientLookup(clients, None, DOMAIN, None, None, partial(int, at))  # type: ignore[arg-type]
            url = "https://app.example/client.json"
            document = {"client_id": url, "client_name": name, "redirect_uris": ["https://app.example/cb"]}
            with contextlib.suppress(StoreUnavailable):  # the older one is not kept: a failed condition, as above
                await lookup.remember(client_of_document(url, json.dumps(document).encode(), DOMAIN, at))
    finally:
        dynamodb.close()


def an_attachment_is_read(deployed: Running) -> None:
    """By `mcp`'s own code under its name, until a tool of it reads attachments."""
    client = Session().create_client(
        "lambda",
        region_name=REGION,
        endpoint_url=deployed.cloud.url,
        aws_access_key_id=deployed.functions["Mcp"].name,
        aws_secret_access_key="secret",
        config=CONFIG,
    )
    try:
        reader = LambdaReader(client, deployed.functions["Attachments"].name)
        read = anyio.run(partial(reader.read, pdf("Hello"), "application/pdf", "a.pdf"))
        assert isinstance(read, AttachmentText), read
        assert read.text == "[page 1 of 1]\nHello\n\n"
        killer = anyio.run(partial(reader.read, zip_bomb(), "", ""))
        assert isinstance(killer, Unreadable)
    finally:
        client.close()


def disconnected_by_the_operator(deployed: Running) -> None:
    command = {"command": "disconnect", "owner": "bob@sandbox.test"}
    deployed.invoke("Operator", {"command": "export", "grants": ["0" * 22]})
    assert deployed.invoke("Operator", command | {"command": "export"})["history"]
    assert len(deployed.invoke("Operator", {"command": "all"})["grants"]) == len(deployed.grants())
    shown = deployed.invoke("Operator", command)
    answer = deployed.invoke("Operator", command | {"confirm": shown["confirm"]})
    # Where the answer to a write is lost and sweep erases meanwhile, nobody can tell whose write it was: asked again,
    # as the operator is told to, nothing is left to end.
    assert answer.get("ended") or not deployed.invoke("Operator", command)["would_end"]


@pytest.fixture(scope="module")
def calls(deployed: Running) -> list[Call]:
    anyio.run(journeys, deployed)
    anyio.run(consented_to_a_client_that_publishes_itself, deployed)
    an_attachment_is_read(deployed)
    # An event that is not known to be kept is said to be missing: nobody reads to find out.
    events = deployed.deployment.state["AuditTableArn"]

    def lost(call: Call) -> bool:
        """Where a condition fails that nobody's own write can have broken, there is no answer but to come again."""
        key = call.context.get("dynamodb:LeadingKeys", "")
        # What a counter's lost answer was nobody finds out either: who is to be counted is told to come again.
        return call.action in WRITES and call.resource != events and not key.startswith(("exported:", "limit:"))

    deployed.cloud.loses_answers_to = lost
    try:
        anyio.run(journeys, deployed)
    finally:
        deployed.cloud.loses_answers_to = lambda _: False
    deployed.invoke("Sweep", {})
    return [*deployed.cloud.calls]


@pytest.mark.row("DP-01")
@pytest.mark.parametrize("entry", FUNCTIONS)
def test_a_function_may_do_what_it_does_and_nothing_else(calls: list[Call], deployed: Running, entry: str) -> None:
    does = {(right.action, right.resource) for right in called(calls, deployed.deployment) if right.entry == entry}
    may = {(right.action, right.resource) for right in granted(deployed.deployment) if right.entry == entry}
    assert may == does


def test_every_call_fulfils_the_conditions_of_its_right(calls: list[Call], deployed: Running) -> None:
    rights = {right: right for right in granted(deployed.deployment)}
    for call in calls:
        [asked] = called([call], deployed.deployment)
        assert rights[asked].allows(call), call


def test_a_grant_is_opened_for_revoking_alone(calls: list[Call], deployed: Running) -> None:
    [right] = [right for right in granted(deployed.deployment) if right.action == "kms:Decrypt"]
    [some] = [call for call in calls if call.action == "kms:Decrypt"][:1]
    assert right.allows(some)
    for context in ({}, {**some.context, "kms:EncryptionContext:purpose": "reading"}):
        assert not right.allows(Call(some.caller, some.action, some.resource, context))
    without_grant = {name: value for name, value in some.context.items() if not name.endswith(":grant")}
    assert not right.allows(Call(some.caller, some.action, some.resource, without_grant))


OF_THE_LEDGER = {
    ("Oauth", "GetItem"): {"assertion:", "address-key:"},
    ("Oauth", "PutItem"): {"assertion:", "address-key:"},
    ("Oauth", "UpdateItem"): {"limit:"},
    ("Mcp", "DeleteItem"): {"refreshed:"},
    ("Mcp", "GetItem"): {"refreshed:", "send:"},
    ("Mcp", "PutItem"): {"refreshed:", "send:"},
    ("Mcp", "UpdateItem"): {"limit:"},
    ("Operator", "GetItem"): {"receipt:"},
    ("Sweep", "DeleteItem"): {"refreshed:"},
    ("Sweep", "GetItem"): {"receipt:", "refreshed:"},
    ("Sweep", "PutItem"): {"receipt:"},
}
"""What each entry point but `web` reaches there, by how the keys begin."""
KINDS = """
address-key: assertion: ended: exported: limit: pending: receipt: refreshed: send: session: sessions:
""".split()  # noqa: SIM905


@pytest.mark.row("DP-01")
def test_in_the_ledger_an_entry_point_reaches_its_own_kinds_of_item_alone(deployed: Running) -> None:
    ledger = deployed.deployment.state["LedgerTableArn"]
    rights = [right for right in granted(deployed.deployment) if right.resource == ledger and right.entry != "Web"]
    reached = {
        (right.entry, right.action.removeprefix("dynamodb:")): {
            kind
            for kind in KINDS
            if right.allows(Call("", right.action, ledger, {"dynamodb:LeadingKeys": f"{kind}{'0' * 32}"}))
        }
        for right in rights
    }
    assert reached == OF_THE_LEDGER


@pytest.mark.row("DP-01")
def test_a_persons_history_can_be_had_erased_by_web_and_operator_alone(calls: list[Call], deployed: Running) -> None:
    """`sweep` erases what stands in the partition `erasures`."""
    audit = deployed.deployment.state["AuditTableArn"]
    put = [right for right in granted(deployed.deployment) if (right.resource, right.action) == (audit, PUT)]
    assert {right.entry for right in put} == {*ENTRY_POINTS}
    for owner, entries in ((ERASURES, {"Web", "Operator"}), ("0" * 64, {*ENTRY_POINTS})):
        may = {right.entry for right in put if right.allows(Call("", PUT, audit, {"dynamodb:LeadingKeys": owner}))}
        assert may == entries
    asked = {(call.caller, call.context.get("dynamodb:LeadingKeys")) for call in calls if call.resource == audit}
    assert ("mailconnect-web", ERASURES) in asked


@pytest.mark.row("DP-01")
def test_a_call_that_names_no_key_fulfils_no_condition_on_keys(deployed: Running) -> None:
    conditioned = [
        right for right in granted(deployed.deployment) if any(name.startswith("ForAll") for name in right.condition)
    ]
    assert len(conditioned) == len(OF_THE_LEDGER) + 3
    assert not [right for right in conditioned if right.allows(Call("", right.action, right.resource, {}))]


@pytest.mark.row("F-16")
def test_in_the_ledger_the_assistants_entry_point_reaches_outbox_attempts_and_counters_alone(
    calls: list[Call], deployed: Running
) -> None:
    ledger = deployed.deployment.state["LedgerTableArn"]
    rights = [right for right in granted(deployed.deployment) if (right.entry, right.resource) == ("Mcp", ledger)]
    assert len(rights) == 4
    for right in rights:
        own = "limit:" if right.action == "dynamodb:UpdateItem" else "refreshed:"
        assert right.allows(Call("mcp", right.action, ledger, {"dynamodb:LeadingKeys": f"{own}{'0' * 32}"}))
        for key in ("pending:refreshed:", "receipt:0", "refreshed", "assertion:limit:"):
            assert not right.allows(Call("mcp", right.action, ledger, {"dynamodb:LeadingKeys": key}))


def test_the_docstrings_say_what_the_template_grants(deployed: Running) -> None:
    assert documented(deployed.deployment) == granted(deployed.deployment)


def mutations() -> Iterator[tuple[str, dict[str, Any]]]:
    """The template with one action less or more in any of its policies, or with another or a further resource.

    A resource that the same function has rights to already is left out: to name it twice may grant nothing more.
    """
    template = document()
    statements = [
        (name, index, statement)
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::IAM::RolePolicy"
        for index, statement in enumerate(resource["Properties"]["PolicyDocument"]["Statement"])
        if not listed(statement["Action"])[0].startswith("logs:")
    ]
    resources = [json.loads(text) for text in {json.dumps(statement["Resource"]) for _, _, statement in statements}]
    for name, index, statement in statements:
        actions = listed(statement["Action"])
        for action in actions:
            yield f"{name} without {action}", _with(name, index, Action=[one for one in actions if one != action])
        beside = {
            action
            for owner, other_index, other in statements
            if owner == name and other_index != index and other["Resource"] == statement["Resource"]
            for action in listed(other["Action"])
        }
        for action in {*EVERY_ACTION, "*"} - {*actions} - beside:
            yield f"{name} with {action}", _with(name, index, Action=[*actions, action])
        its_own = [other["Resource"] for owner, _, other in statements if owner == name]
        for resource in [*resources, "*"]:
            if resource not in its_own:
                yield f"{name} for {resource}", _with(name, index, Resource=resource)
                yield f"{name} for {resource} too", _with(name, index, Resource=[statement["Resource"], resource])


def _with(name: str, index: int, **changes: Any) -> dict[str, Any]:
    template = document()
    template["Resources"][name]["Properties"]["PolicyDocument"]["Statement"][index] |= changes
    return template


def test_an_action_or_resource_more_or_less_in_any_policy_is_noticed(calls: list[Call], deployed: Running) -> None:
    does = called(calls, deployed.deployment)
    assert granted(deployed.deployment) == does
    count = 0
    for what, changed in mutations():
        mutated = Deployment(changed, deployed.deployment.state, deployed.deployment.given)
        with contextlib.suppress(GrantedTwice):
            assert granted(mutated) != does, what
        count += 1
    assert count > 500


@pytest.mark.row("DP-01")
def test_nothing_is_granted_by_a_pattern(deployed: Running) -> None:
    for right in granted(deployed.deployment):
        assert not {"*", "?"} & {*right.action, *right.resource}, right
    for right in of_the_platform(deployed.deployment):
        # The streams of its own log, which have no names before they are there.
        assert right.resource.endswith(f":log-group:/aws/lambda/mailconnect-{right.entry.lower()}:*"), right


@pytest.mark.row("DP-01")
def test_no_function_that_the_world_calls_may_search_or_open(deployed: Running) -> None:
    hot = {right for right in granted(deployed.deployment) if right.entry in ("Oauth", "Web", "Mcp")}
    assert not {right.action for right in hot} & {"dynamodb:Scan", "kms:Decrypt"}
    # But for a person's own: by an index that holds no more than their connections' names, and their history.
    searches = {(right.entry, right.resource) for right in hot if right.action == "dynamodb:Query"}
    state = deployed.deployment.state
    assert searches == {
        ("Web", f"{state['GrantsTableArn']}/index/owner"),
        ("Web", f"{state['ApprovalsTableArn']}/index/owner"),
        ("Web", state["AuditTableArn"]),
    }


@pytest.mark.row("OP-02")
def test_the_operator_can_be_called_by_no_function(deployed: Running) -> None:
    invoked = {right.resource for right in granted(deployed.deployment) if right.action == "lambda:InvokeFunction"}
    called = ("SweepFunction", "AttachmentsFunction")
    assert invoked == {deployed.deployment.resolved({"Fn::GetAtt": f"{name}.Arn"}) for name in called}


@pytest.mark.row("DP-02")
def test_the_keys_let_in_whom_the_policies_let_out(deployed: Running) -> None:
    state = Deployment(document("infra/state.yaml"), {}, {"Service": STACK})
    roles = {deployed.deployment.resolved({"Fn::GetAtt": f"{entry}Role.Arn"}): entry for entry in FUNCTIONS}
    keys = {
        "SealingKey": deployed.deployment.state["SealingKeyArn"],
        "OwnerKey": deployed.deployment.state["OwnerKeyArn"],
    }
    let_in = {
        (roles[role], action, keys[name])
        for name in keys
        for statement in state.properties(name)["KeyPolicy"]["Statement"]
        for role in listed(statement.get("Condition", {}).get("ArnEquals", {}).get("aws:PrincipalArn", []))
        for action in listed(statement["Action"])
    }
    let_out = {
        (right.entry, right.action, right.resource)
        for right in granted(deployed.deployment)
        if right.action.startswith("kms:")
    }
    assert let_in == let_out


def test_a_dump_of_the_tables_opens_no_grant_without_sweeps_right(deployed: Running, moto: Emulator) -> None:
    """A thief with the tables, and with every right at KMS but Decrypt for revoking."""

    async def connect() -> Assistant:
        async with deployed.http() as http:
            assistant = deployed.assistant(http)
            await assistant.connect(deployed.person(http))
            return assistant

    assistant = anyio.run(connect)
    assert assistant.tokens
    dump = [item for name in ("Clients", "Grants", "Ledger", "Switches") for item in deployed.table(name)]
    haystack = json.dumps(dump, default=lambda value: base64.b64encode(value).decode()).encode()
    haystack += b"".join(value["B"] for item in dump for value in item.values() if "B" in value)
    kms = moto.kms()
    try:
        [grant] = [item for item in deployed.grants() if item["client_id"]["S"] == assistant.client_id]
        sealed = grant["data_key"]["B"]
        context = {"app": "mailconnect", "purpose": "revoke", "grant": grant_hash(grant["id"]["S"])}
        opened = kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context)["Plaintext"]
        for other in ({}, {**context, "purpose": "read"}, {**context, "grant": "0" * 32}):
            with pytest.raises(ClientError):
                kms.decrypt(CiphertextBlob=sealed, EncryptionContext=other)
    finally:
        kms.close()
    assert len(opened) == 32
    for secret in (
        opened,
        base64.b64encode(opened),
        assistant.tokens.access_token.encode(),
        b"alice",
        b"sandbox.test",
    ):
        assert secret not in haystack
