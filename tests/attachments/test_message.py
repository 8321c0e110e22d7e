from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.parse import parse
from mailconnect.attachments.result import Unreadable
from tests.attachments.documents import MESSAGE
from tests.attachments.test_text import text_of


def test_an_attached_message_is_its_headers_its_text_and_the_names_of_its_files() -> None:
    assert text_of(parse(MESSAGE, "message/rfc822", "")).text == (
        "From: Ann Lée <ann@example.org>\nTo: Bob <bob@example.org>\nDate: Mon, 30 Nov 2026 09:12:00 +0100\n"
        "Subject: Grüße\n\nGrüße in plain.\n\n[1 attached to this message]\n- bill.pdf (application/pdf)\n"
        "\n[message within this message]\nFrom: carol@example.org\nSubject: inner\n\nInner text.\n"
    )


def test_a_message_by_its_files_name_is_one_where_it_looks_like_one() -> None:
    assert text_of(parse(MESSAGE, "application/octet-stream", "a.EML")).kind == "mail message"
    assert text_of(parse(b"no headers here", "application/octet-stream", "a.eml")).kind == "text"


def test_a_message_of_html_alone_is_told_without_tags() -> None:
    message = b"From: a@b.c\nContent-Type: text/html; charset=utf-8\n\n<p>Hi <b>you</b></p><script>x()</script>"
    assert text_of(parse(message, "message/rfc822", "")).text == "From: a@b.c\n\nHi you\n"


def test_a_bounces_report_is_told_and_so_are_parts_whose_boundary_is_nowhere() -> None:
    report = b"Content-Type: multipart/report; boundary=a\n\n--a\nContent-Type: message/delivery-status\n\n"
    report += b"Reporting-MTA: dns; x.org\n\nAction: failed\nStatus: 5.1.1\n\n--a--\n"
    assert text_of(parse(report, "message/rfc822", "")).text == (
        "\nReporting-MTA: dns; x.org\n\nAction: failed\nStatus: 5.1.1\n"
    )
    nowhere = b"Subject: a\nContent-Type: multipart/mixed; boundary=a\n\nno boundary here\n"
    assert "no boundary here" in text_of(parse(nowhere, "message/rfc822", "")).text


def nested(depth: int) -> bytes:
    message = b"Subject: innermost\n\ntext\n"
    for level in range(depth):
        message = b"Subject: level %d\nContent-Type: message/rfc822\n\n" % level + message
    return message


def test_messages_within_messages_are_shown_to_a_bound() -> None:
    read = text_of(parse(nested(10), "message/rfc822", "", Bounds(nesting=3)))
    assert read.text.count("[message within this message]") == 2
    assert read.notes == ("Messages within messages are shown to a depth of 3.",)


def test_more_parts_than_allowed_are_refused() -> None:
    head = b"Content-Type: multipart/mixed; boundary=a\n\n"
    many = head + b"--a\nContent-Type: image/png\n\nx\n" * 300 + b"--a--\n"
    assert parse(many, "message/rfc822", "") == Unreadable("The attached message has too many parts to read.")


def test_a_header_that_would_take_minutes_is_refused() -> None:
    long = b"To: " + b"a@b.c, " * 20_000 + b"\n\ntext"
    assert parse(long, "message/rfc822", "") == Unreadable(
        "The attached message has a header that is too long to read."
    )
