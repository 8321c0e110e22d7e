import pytest

from mailconnect.sandbox.oauth.scopes import CORE, MAIL, SUBMISSION
from tests.sandbox.conftest import ALICE, FULL

pytestmark = pytest.mark.anyio

USING = (CORE, MAIL, SUBMISSION)
FROM, TO = "alice@sandbox.test", "ann@example.org"


@pytest.fixture
def submit(call, ask, provider):
    """A draft and one submission of it: what EmailSubmission/set answered, and the draft's id."""

    async def draft(**more):
        boxes = {one["role"]: one["id"] for one in (await ask("Mailbox/get"))["list"]}
        email = {
            "mailboxIds": {boxes["drafts"]: True},
            "keywords": {"$draft": True},
            "from": [{"email": FROM}],
            "to": [{"email": TO}],
            "subject": "Hello",
            "textBody": [{"partId": "1", "type": "text/plain"}],
            "bodyValues": {"1": {"value": "Hi"}},
            **more,
        }
        created = (await ask("Email/set", create={"d": email}))["created"]["d"]["id"]
        return created, boxes

    async def submit(email_id, boxes, *, hold=None, state=None, **arguments):
        sender = {"email": FROM} | ({"parameters": {"HOLDFOR": str(hold)}} if hold else {})
        given = {
            "accountId": ALICE,
            "create": {
                "s": {
                    "identityId": "I1",
                    "emailId": email_id,
                    "envelope": {"mailFrom": sender, "rcptTo": [{"email": TO}]},
                }
            },
            "onSuccessUpdateEmail": {
                "#s": {
                    f"mailboxIds/{boxes['drafts']}": None,
                    f"mailboxIds/{boxes['sent']}": True,
                    "keywords/$draft": None,
                }
            },
            **arguments,
        }
        if state is not None:
            given["ifInState"] = state
        return await call(["EmailSubmission/set", given, "0"], using=USING)

    submit.draft = draft
    return submit


async def test_a_submitted_draft_leaves_once_and_lies_among_the_sent(submit, ask, provider):
    email_id, boxes = await submit.draft()
    [[_, answered, _], [implied, filed, call_id]] = await submit(email_id, boxes)
    assert answered["created"]["s"]["undoStatus"] == "final"
    assert (implied, call_id, list(filed["updated"])) == ("Email/set", "0", [email_id])
    [email] = (await ask("Email/get", ids=[email_id], properties=["mailboxIds", "keywords"]))["list"]
    assert (email["mailboxIds"], email["keywords"]) == ({boxes["sent"]: True}, {})
    [posted] = provider.post.outbox
    assert (posted.sender, posted.recipients, posted.email_id) == (FROM, (TO,), email_id)


async def test_of_two_submissions_in_one_state_one_is_made(submit, ask, provider):
    email_id, boxes = await submit.draft()
    state = (await ask("EmailSubmission/get", ids=[]))["state"]
    await submit(email_id, boxes, state=state)
    [[kind, error, _]] = await submit(email_id, boxes, state=state)
    assert (kind, error["type"]) == ("error", "stateMismatch")
    assert len(provider.post.outbox) == 1


async def test_without_a_state_one_draft_leaves_as_often_as_it_is_submitted(submit, provider):
    email_id, boxes = await submit.draft()
    await submit(email_id, boxes)
    await submit(email_id, boxes)
    assert len(provider.post.outbox) == 2


async def test_a_held_submission_leaves_at_its_time(submit, ask, provider, clock):
    email_id, boxes = await submit.draft()
    [[_, answered, _], _] = await submit(email_id, boxes, hold=60)
    assert answered["created"]["s"]["undoStatus"] == "pending"
    state = (await ask("EmailSubmission/get", ids=None))["state"]
    assert provider.post.outbox == []
    clock.now += 60
    assert len(provider.post.outbox) == 1
    assert (await ask("EmailSubmission/get", ids=None))["state"] != state


async def test_a_held_submission_is_found_by_its_draft_and_can_be_canceled(submit, call, ask, provider, clock):
    email_id, boxes = await submit.draft()
    [[_, answered, _], _] = await submit(email_id, boxes, hold=60)
    ident = answered["created"]["s"]["id"]
    found = await ask("EmailSubmission/query", filter={"emailIds": [email_id], "undoStatus": "pending"})
    assert found["ids"] == [ident]
    cancel = {"accountId": ALICE, "update": {ident: {"undoStatus": "canceled"}}}
    back = {"onSuccessUpdateEmail": {ident: {"keywords/$draft": True}}}
    [[_, canceled, _], [_, implied, _]] = await call(["EmailSubmission/set", cancel | back, "0"], using=USING)
    assert list(canceled["updated"]) == [ident]
    assert list(implied["updated"]) == [email_id]
    clock.now += 61
    assert provider.post.outbox == []


async def test_a_submission_that_has_left_cannot_be_canceled(submit, call, provider, clock):
    provider.switches.keeps_submissions = True
    email_id, boxes = await submit.draft()
    [[_, answered, _], _] = await submit(email_id, boxes, hold=60)
    ident = answered["created"]["s"]["id"]
    clock.now += 61
    cancel = {"accountId": ALICE, "update": {ident: {"undoStatus": "canceled"}}}
    [[_, refused, _]] = await call(["EmailSubmission/set", cancel, "0"], using=USING)
    assert refused["notUpdated"][ident]["type"] == "cannotUnsend"


@pytest.mark.parametrize(
    ("switch", "value", "error"),
    [
        ("submission_error", "overQuota", "overQuota"),
        ("refused_recipients", frozenset({TO}), "invalidRecipients"),
        ("gone_identities", frozenset({FROM}), "invalidProperties"),
    ],
)
async def test_a_switch_refuses_the_submission(submit, provider, switch, value, error):
    email_id, boxes = await submit.draft()
    setattr(provider.switches, switch, value)
    [[_, answered, _]] = await submit(email_id, boxes)
    assert answered["notCreated"]["s"]["type"] == error
    assert provider.post.outbox == []


async def test_a_hold_that_is_announced_may_not_be_honoured(submit, provider):
    provider.switches.holds = False
    email_id, boxes = await submit.draft()
    [[_, answered, _], _] = await submit(email_id, boxes, hold=60)
    assert answered["created"]["s"]["undoStatus"] == "final"
    assert len(provider.post.outbox) == 1


async def test_a_provider_that_crashes_in_between_leaves_a_sent_mail_among_the_drafts(submit, ask, provider):
    provider.switches.unfiled_submissions = 1
    email_id, boxes = await submit.draft()
    assert len(await submit(email_id, boxes)) == 1
    [email] = (await ask("Email/get", ids=[email_id], properties=["keywords"]))["list"]
    assert email["keywords"] == {"$draft": True}
    assert len(provider.post.outbox) == 1


async def test_only_the_owners_own_addresses_are_senders(submit, provider):
    email_id, boxes = await submit.draft(**{"from": [{"email": "mallory@elsewhere.test"}]})
    [[_, answered, _]] = await submit(email_id, boxes)
    assert answered["notCreated"]["s"]["type"] == "forbiddenFrom"


async def test_a_read_only_token_submits_nothing(error):
    token = FULL.replace("full", "readonly")
    arguments = {"accountId": ALICE, "create": {}}
    assert await error("EmailSubmission/set", arguments, using=(CORE, MAIL), token=token) == "unknownMethod"
