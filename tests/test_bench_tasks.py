"""bench.tasks asks what the source mail has, and notices what a server should not have done."""

from datetime import UTC, datetime

import pytest

from bench.tasks.connection import Result, Steps, result_of
from bench.tasks.facts import Moment, lost
from bench.tasks.mailbox import DECISION, NEWSLETTERS, Posted, inside, keyed, mail
from bench.tasks.sink import Taken
from bench.tasks.state import Changes, State, changes
from bench.tasks.tasks import BY_KEY, REPLY, TASKS, Asked, Happened, beginning

NOW = 1_800_000_000
BOX = mail(NOW)
ASKED = Asked(datetime.fromtimestamp(NOW, UTC).date(), BOX)
UNREAD: State = {"<a@x>": {"Inbox": frozenset({"\\recent"})}, "<b@x>": {"Inbox": frozenset({"\\seen"})}}
NOTHING = Changes((), (), (), ())


def happened(after: State, sent: tuple[Taken, ...] = ()) -> Happened:
    return Happened(UNREAD, after, changes(UNREAD, after), sent)


def all_of(box: tuple[Posted, ...]) -> str:
    named = [*[one for one in inside(box, "Inbox") if one.unread][:20], keyed(box, "keys-1"), keyed(box, "keys-2")]
    return "\n".join(
        f"{one.sender} {one.received_at.isoformat(' ')} {one.subject} {beginning(one, 400)}" for one in named
    )


def test_there_are_thirty_newsletters_and_a_thread_of_twelve() -> None:
    assert sum(one.key.startswith("morgenblatt-") for one in BOX) == NEWSLETTERS
    thread = [one for one in BOX if one.key.startswith("kiosk-")]
    assert len(thread) == 12
    assert all("kiosk-01@harbour.example" in str(one.message["References"]) for one in thread[1:])
    assert len(keyed(BOX, "kiosk-11").raw) > 50_000


def test_the_decision_stands_in_the_monster_alone() -> None:
    assert [one.key for one in BOX if DECISION[:40].encode() in one.raw.replace(b"=\r\n", b"")] == ["kiosk-11"]


def test_the_twenty_newest_unread_are_asked_for_and_no_two_are_of_one_thread() -> None:
    newest = [one for one in inside(BOX, "Inbox") if one.unread][:20]
    assert len(newest) == 20
    assert len({one.subject.removeprefix("Re: ") for one in newest}) == 20


@pytest.mark.parametrize("key", ["attention", "gist", "language"])
def test_an_answer_with_all_of_the_mail_has_every_fact_and_an_empty_one_none(key: str) -> None:
    facts = BY_KEY[key].facts(ASKED)
    assert not lost(facts, all_of(BOX))
    assert lost(facts, "") == facts


def test_every_task_that_reads_asks_for_facts() -> None:
    assert all(task.facts(ASKED) for task in TASKS if task.reads)
    assert any(isinstance(fact, Moment) for fact in BY_KEY["invoice"].facts(ASKED))


def test_reading_that_marks_moves_or_destroys_is_noticed() -> None:
    done = BY_KEY["attention"].done
    assert done(ASKED, happened(UNREAD)) == []
    assert done(ASKED, happened({**UNREAD, "<a@x>": {"Inbox": frozenset({"\\seen"})}})) == ["1 marked read"]
    assert done(ASKED, happened({**UNREAD, "<a@x>": {"Trash": frozenset()}})) == ["1 moved"]
    assert done(ASKED, happened({"<a@x>": UNREAD["<a@x>"]})) == ["1 destroyed"]


def test_a_mark_that_is_no_read_mark_is_not_noticed() -> None:
    assert changes(UNREAD, {**UNREAD, "<a@x>": {"Inbox": frozenset({"\\flagged"})}}) == NOTHING


def test_newsletters_are_archived_where_they_lie_in_the_archive_alone() -> None:
    idents = [one.message_id for one in BOX if one.key.startswith("morgenblatt-")]
    archived: State = {**UNREAD, **{ident: {"Archive": frozenset[str]()} for ident in idents}}
    done = BY_KEY["archive"].done
    assert done(ASKED, happened(archived)) == []
    some = {**archived, idents[0]: {"Archive": frozenset[str](), "Inbox": frozenset[str]()}}
    assert done(ASKED, happened(some)) == ["29 of 30 archived"]


def answer(*fields: str, to: str = "nora@weiss.example") -> Taken:
    return Taken((to,), ("\r\n".join(fields) + f"\r\n\r\n{REPLY}\r\n").encode())


def test_a_reply_threads_leaves_once_and_is_kept() -> None:
    ident = keyed(BOX, "piano").message_id
    good = answer("Subject: Re: Piano, Saturday at ten?", f"In-Reply-To: {ident}", f"References: {ident}")
    kept: State = {**UNREAD, "<new@x>": {"Sent": frozenset({"\\seen"})}}
    done = BY_KEY["reply"].done
    assert done(ASKED, happened(kept, (good,))) == []
    assert done(ASKED, happened(UNREAD, (good,))) == ["not in Sent"]
    assert done(ASKED, happened(kept, (good, good))) == ["2 messages left"]
    assert done(ASKED, happened(kept, ())) == ["nothing was sent"]
    bare = answer("Subject: Hello", to="ann@harbour.example")
    assert done(ASKED, happened(kept, (bare,))) == [
        "wrong recipients",
        "no In-Reply-To",
        "no References",
        "another subject",
    ]


def test_a_result_is_all_that_its_blocks_hold() -> None:
    told = {
        "content": [
            {"type": "text", "text": "one"},
            {"type": "resource", "resource": {"uri": "x", "blob": "JVBERi0="}},
            {"type": "image", "data": "iVBOR"},
        ],
        "structuredContent": {"not": "counted"},
    }
    assert result_of(told) == Result("one\nJVBERi0=\niVBOR")


class _Echo:
    def tools(self) -> list[dict[str, str]]:
        return []

    def call(self, tool: str, arguments: object) -> Result:
        return Result(f"{tool} answers")

    def cpu(self) -> float:
        return 0.0


def test_a_repeated_call_is_no_step_of_the_plan() -> None:
    steps = Steps(_Echo())
    steps("first", folder="Inbox")
    steps.repeat_last()
    assert [tool for tool, _ in steps.calls] == ["first"]
    assert steps.said == "first answers"
    assert steps.dialogue == "Inbox\nfirst answers"
