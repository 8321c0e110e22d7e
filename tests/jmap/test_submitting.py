"""However odd a provider's response about a submission is, the result claims only what the response proves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.response import Responses
from mailconnect.jmap.session import Session
from mailconnect.jmap.submitting import SubmissionFacts, cancel, look, submit
from mailconnect.mail.account import Account
from mailconnect.mail.draft.errors import NotHeld, NothingWaits, StateMoved, SubmissionRefused
from mailconnect.mail.draft.submission import NewSubmission, RefusalReason
from mailconnect.mail.errors import UnexpectedAnswer
from tests.jmap_responses import responses

pytestmark = pytest.mark.anyio

PLACES = SubmissionFacts({"alice@example.com": "I1", "*@example.org": "I2"}, "drafts", "sent", "trash")
NEW = NewSubmission(draft_id="M1", sender="alice@example.com", recipients=("ann@example.org",), state="7")
ACCOUNT = Account("u1", "Alice", is_personal=True, is_read_only=False, capabilities=frozenset())


@dataclass
class Answering:
    """Answers each method with what is given for its call id, and keeps what was asked."""

    answers: dict[str, Any]
    delayed_send: dict[str, int] = field(default_factory=lambda: {"u1": 300})
    asked: list[Invocation] = field(default_factory=list)

    async def session(self) -> Session:
        return Session(
            username="alice@example.com",
            account=ACCOUNT,
            accounts=(ACCOUNT,),
            capabilities=frozenset(),
            limits={},
            api_url="https://api.example/jmap/",
            state="s",
            delayed_send=self.delayed_send,
        )

    async def call(self, using: Sequence[str], calls: Sequence[Invocation]) -> Responses:
        self.asked += calls
        given: list[Invocation] = []
        for call in calls:
            answer = self.answers.get(call.call_id, {"list": []})
            several = answer if isinstance(answer, list) else [(call.name, answer)]
            given += [Invocation(name, arguments, call.call_id) for name, arguments in several]
        return responses(*given)


def created(**members: Any) -> dict[str, Any]:
    return {"0": {"created": {"sent": {"id": "S1", "undoStatus": "final", **members}}}}


async def looked(get: Sequence[Any], **more: Any) -> Any:
    answers = {"state": {"state": "7", "list": []}, "query": {"ids": []}, "get": {"list": [*get]}, **more}
    return await look(Answering(answers), "u1", "M1")


async def test_the_envelope_names_each_recipient_and_the_state_is_the_condition() -> None:
    access = Answering(created())
    await submit(access, "u1", NEW, PLACES)
    [asked] = access.asked
    assert asked.arguments["ifInState"] == "7"
    [submission] = asked.arguments["create"].values()
    assert submission["identityId"] == "I1"
    assert submission["envelope"] == {
        "mailFrom": {"email": "alice@example.com"},
        "rcptTo": [{"email": "ann@example.org"}],
    }
    [patch] = asked.arguments["onSuccessUpdateEmail"].values()
    assert patch == {
        "keywords/$draft": None,
        "keywords/$seen": True,
        "mailboxIds/drafts": None,
        "mailboxIds/sent": True,
    }


@pytest.mark.parametrize(
    ("members", "until"),
    [
        ({"undoStatus": "pending", "sendAt": "2027-01-01T00:00:00Z"}, datetime(2027, 1, 1, tzinfo=UTC)),
        ({"undoStatus": "pending", "sendAt": "soon"}, None),
        ({"undoStatus": "final", "sendAt": "2027-01-01T00:00:00Z"}, None),
        ({"undoStatus": None, "sendAt": "2027-01-01T00:00:00Z"}, None),
        ({}, None),
    ],
)
async def test_a_hold_is_believed_only_from_the_answer(members: dict[str, Any], until: datetime | None) -> None:
    assert (await submit(Answering(created(**members)), "u1", NEW, PLACES)).until == until


@pytest.mark.parametrize(
    ("sender", "identity"), [("ALICE@example.com", "I1"), ("any@example.org", "I2"), ("x@sub.example.org", None)]
)
async def test_the_identity_is_the_senders_own_or_the_domains(sender: str, identity: str | None) -> None:
    access = Answering(created())
    new = NewSubmission(draft_id="M1", sender=sender, recipients=("a@b.example",), state="7")
    if identity is None:
        with pytest.raises(SubmissionRefused) as refused:
            await submit(access, "u1", new, PLACES)
        assert refused.value.why is RefusalReason.SENDER
        assert access.asked == []
    else:
        await submit(access, "u1", new, PLACES)
        [submission] = access.asked[0].arguments["create"].values()
        assert submission["identityId"] == identity


@pytest.mark.parametrize(
    ("error", "why"),
    [
        ({"type": "invalidRecipients"}, RefusalReason.RECIPIENTS),
        ({"type": "invalidProperties", "properties": ["emailId"]}, RefusalReason.GONE),
        ({"type": "invalidProperties", "properties": ["identityId"]}, RefusalReason.SENDER),
        ({"type": "invalidProperties", "properties": 5}, RefusalReason.OTHER),
        ({"type": 7}, RefusalReason.OTHER),
        ({}, RefusalReason.OTHER),
    ],
)
async def test_a_refusal_says_what_to_mend_in_our_words(error: dict[str, Any], why: RefusalReason) -> None:
    with pytest.raises(SubmissionRefused) as refused:
        await submit(Answering({"0": {"notCreated": {"sent": {**error, "description": "canary"}}}}), "u1", NEW, PLACES)
    assert refused.value.why is why
    assert "canary" not in refused.value.text + str(refused.value)


@pytest.mark.parametrize("answer", [{}, {"created": []}, {"created": {"sent": 5}}, {"notCreated": {"sent": None}}])
async def test_a_submission_that_is_neither_made_nor_refused_is_not_known(answer: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedAnswer):
        await submit(Answering({"0": answer}), "u1", NEW, PLACES)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("stateMismatch", StateMoved),
        ("forbidden", SubmissionRefused),
        ("serverFail", UnexpectedAnswer),
        ("serverPartialFail", UnexpectedAnswer),
        ("serverUnavailable", UnexpectedAnswer),
        ("unheardOf", UnexpectedAnswer),
    ],
)
async def test_a_method_error_proves_only_what_it_must(kind: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await submit(Answering({"0": [("error", {"type": kind})]}), "u1", NEW, PLACES)


@pytest.mark.parametrize(("must", "hold"), [(False, 300), (True, None)])
async def test_a_hold_is_no_longer_than_the_account_allows(must: bool, hold: int | None) -> None:
    access = Answering(created())
    new = NewSubmission(**{**{n: getattr(NEW, n) for n in NEW.__struct_fields__}, "hold": 600, "must_hold": must})
    if hold is None:
        with pytest.raises(NotHeld):
            await submit(access, "u1", new, PLACES)
        assert access.asked == []
        return
    await submit(access, "u1", new, PLACES)
    [submission] = access.asked[-1].arguments["create"].values()
    assert submission["envelope"]["mailFrom"]["parameters"] == {"HOLDFOR": str(hold)}


@pytest.mark.parametrize(
    "odd",
    [
        [5, None, "x"],
        [{"id": 5, "undoStatus": "pending"}],
        [{"id": "S1", "undoStatus": "final", "emailId": "another"}],
        [{"id": "S1", "undoStatus": "pending", "emailId": "another"}],
        [{"id": "S 1", "undoStatus": "pending", "emailId": "M1"}],
        [{"undoStatus": "pending"}],
    ],
)
async def test_an_odd_submission_or_one_of_another_message_neither_waits_nor_has_left(odd: list[Any]) -> None:
    found, _ = await looked(odd)
    assert (found.state, found.waiting, found.has_left) == ("7", (), False)


async def test_the_state_is_asked_for_before_anything_else() -> None:
    access = Answering({"state": {"state": "7", "list": []}, "query": {"ids": []}})
    await look(access, "u1", "M1")
    assert [call.call_id for call in access.asked][:2] == ["state", "query"]


@pytest.mark.parametrize("state", [None, 7, {}, "x" * 2000])
async def test_without_a_readable_state_nothing_is_decided(state: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        await look(Answering({"state": {"state": state, "list": []}, "query": {"ids": []}}), "u1", "M1")


async def test_an_identity_without_an_address_serves_only_where_there_is_no_other() -> None:
    _, places = await looked([], identities={"list": [{"id": "I1", "email": ""}]})
    assert places.identities == {"": "I1"}
    listed = [{"id": "I1", "email": ""}, {"id": "I2", "email": "A@b.example"}]
    _, places = await looked([], identities={"list": listed})
    assert places.identities == {"a@b.example": "I2"}


async def test_ids_with_the_characters_of_a_path_are_escaped() -> None:
    access = Answering(created())
    await submit(access, "u1", NEW, SubmissionFacts({"alice@example.com": "I1"}, "a/b", "c~d", None))
    [patch] = access.asked[0].arguments["onSuccessUpdateEmail"].values()
    assert {"mailboxIds/a~1b", "mailboxIds/c~0d"} <= patch.keys()


@pytest.mark.parametrize(
    "answer", [{"updated": None}, {"updated": {}}, {"notUpdated": {"S1": {"type": "cannotUnsend"}}}]
)
async def test_an_undo_is_believed_only_from_the_answer(answer: dict[str, Any]) -> None:
    waiting = {"get": {"list": [{"id": "S1", "undoStatus": "pending", "emailId": "M1"}]}}
    state = {"state": {"state": "7", "list": []}, "query": {"ids": ["S1"]}}
    with pytest.raises(NothingWaits):
        await cancel(Answering({**state, **waiting, "0": answer}), "u1", "M1")
