from datetime import UTC, datetime

import pytest

from mailconnect.mail.address import Address
from mailconnect.mail.identity import Identity
from mailconnect.mail.message import Content, Envelope
from mailconnect.writing import answering, quotation
from mailconnect.writing.naming import name_of

ME = Identity("I1", "Me", "me@example.com")
ANY = Identity("I2", "Me", "*@example.net")
WHEN = datetime(2026, 11, 30, 9, 5, tzinfo=UTC)


def people(*emails: str) -> tuple[Address, ...]:
    return tuple(Address("", email) for email in emails)


def mail(**fields: object) -> Envelope:
    return Envelope("M1", "T1", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("subject", "reply", "forward"),
    [
        ("Lunch", "Re: Lunch", "Fwd: Lunch"),
        ("Re: Lunch", "Re: Lunch", "Fwd: Re: Lunch"),
        ("AW: Lunch", "AW: Lunch", "Fwd: AW: Lunch"),
        ("RE[2]: Lunch", "RE[2]: Lunch", "Fwd: RE[2]: Lunch"),
        ("Fwd: Lunch", "Re: Fwd: Lunch", "Fwd: Lunch"),
        ("Report: Q4", "Re: Report: Q4", "Fwd: Report: Q4"),
        ("a\r\nBcc: x\u2028y", "Re: a Bcc: x y", "Fwd: a Bcc: x y"),
    ],
)
def test_a_subject_gets_its_prefix_once_and_stays_on_one_line(subject: str, reply: str, forward: str) -> None:
    assert answering.reply_subject(subject) == reply
    assert answering.forward_subject(subject) == forward
    assert len(answering.reply_subject("x" * 5000)) <= answering.LONGEST_SUBJECT


def test_an_answer_goes_to_reply_to_and_one_to_oneself_goes_on_to_the_others() -> None:
    assert answering.to_sender(mail(sender=people("a@x.org"), to=people("me@example.com")), [ME]).to == people(
        "a@x.org"
    )
    elsewhere = answering.to_sender(mail(sender=people("a@x.org"), reply_to=people("A@x.org", "b@x.org")), [ME])
    assert elsewhere.to == people("A@x.org", "b@x.org")
    assert len(elsewhere.careful) == 1
    own = mail(sender=people("me@example.com"), to=people("a@x.org"), cc=people("b@x.org", "me@example.com"))
    assert answering.to_sender(own, [ME]).to == people("a@x.org")
    assert answering.to_all(own, [ME]) == answering.ReplyRecipients(people("a@x.org"), people("b@x.org"))


def test_an_answer_to_all_leaves_out_every_address_of_the_owner() -> None:
    about = mail(
        sender=people("a@x.org"),
        to=people("ME@example.com", "shop@example.net", "b@x.org"),
        cc=people("other@example.net", "c@x.org"),
    )
    assert answering.to_all(about, [ME, ANY]) == answering.ReplyRecipients(
        people("a@x.org", "b@x.org"), people("c@x.org")
    )


def test_the_sender_is_the_address_that_it_came_to() -> None:
    def sender(**fields: object) -> str:
        found = answering.sender_by(mail(**fields), [ME, ANY])
        return found.email if found else ""

    assert sender(sender=people("a@x.org"), to=people("shop@example.net")) == "shop@example.net"
    assert sender(to=people("list@x.org"), delivered_to=people("me@example.com")) == "me@example.com"
    assert sender(to=people("shop@sub.example.net")) == ""
    assert sender(sender=people("me@example.com"), to=people("x@example.net")) == "me@example.com"
    for hostile in ('"a b"@example.net', "a\r\nBcc: b@example.net", "a b@example.net", "@example.net"):
        assert sender(to=people(hostile, "good@example.net")) == "good@example.net"


def test_references_are_the_parents_and_the_parent() -> None:
    """RFC 5322 §3.6.4."""
    assert answering.references(mail(message_ids=("c@x",), references=("a@x", "b@x"))) == ("a@x", "b@x", "c@x")
    assert answering.references(mail(message_ids=("c@x",), in_reply_to=("b@x",))) == ("b@x", "c@x")
    assert answering.references(mail(message_ids=("c@x",), in_reply_to=("a@x", "b@x"))) == ("c@x",)
    assert answering.references(mail()) == ()
    long = answering.references(
        mail(message_ids=("z@x",), references=tuple(f"{number}{'y' * 90}@x" for number in range(200)))
    )
    assert long[0].startswith("0y")
    assert long[-1] == "z@x"
    assert sum(map(len, long)) <= 4_000


def test_a_quotation_is_kept_when_the_rest_of_a_draft_is_written_anew() -> None:
    about = mail(sender=(Address("Ann Lee", "ann@x.org"),), sent_at=WHEN, to=people("me@example.com"), subject="Lunch")
    for made in (quotation.answered, quotation.forwarded):
        quoted = made(about, Content(plain="One\n\n> older\nTwo"))
        kept = quotation.of_draft(f"My text.\n\n-- \nMe\n\n{quoted.plain}\n")
        assert kept is not None
        assert kept.plain == quoted.plain
    assert quotation.of_draft("My text.\n\n-- \nMe\n") is None


def test_a_quotation_in_html_is_escaped() -> None:
    about = mail(sender=(Address("<b>Ann</b>", "ann@x.org"),), sent_at=WHEN)
    made = quotation.answered(about, Content(plain="<script>x</script>\n</blockquote>"))
    assert "<script" not in made.html
    assert "<b>" not in made.html
    assert made.html.count("</blockquote>") == 1
    assert made.plain.startswith("On 2026-11-30 at 09:05 +0000, <b>Ann</b> <ann@x.org> wrote:\n> <script>")


def test_a_name_is_the_same_for_the_same_request_and_begins_with_its_key() -> None:
    one = name_of(b"k" * 32, key="a", content=b"1")
    assert one == name_of(b"k" * 32, key="a", content=b"1")
    other = name_of(b"k" * 32, key="a", content=b"2")
    assert one.key == other.key
    assert one.beginning != other.beginning
    alone = name_of(b"k" * 32, key=None, content=b"1")
    assert (
        len(
            {
                one.key,
                alone.key,
                name_of(b"k" * 32, key=None, content=b"2").key,
                name_of(b"o" * 32, key="a", content=b"1").key,
            }
        )
        == 4
    )
    assert one.message_id("x.example").endswith("@x.example")
