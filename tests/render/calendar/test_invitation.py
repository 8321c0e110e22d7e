import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.render.calendar.content_lines import ContentLine, content_lines
from mailconnect.render.calendar.invitation import summarise
from mailconnect.render.calendar.recurrence import in_words


def calendar(*lines: str, method: str = "REQUEST") -> str:
    return "\r\n".join(
        ["BEGIN:VCALENDAR", f"METHOD:{method}", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""]
    )


def test_an_invitation_is_a_few_lines() -> None:
    source = calendar(
        "SUMMARY:Budget\\, first\r\n  quarter",
        "DTSTART;TZID=Europe/Berlin:20261201T090000",
        "DTEND;TZID=Europe/Berlin:20261201T103000",
        "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=10",
        "LOCATION:Room 1\\nsecond floor",
        'ORGANIZER;CN="Lee, Ann: boss":mailto:ann@x.example',
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@x.example",
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:c@x.example",
        "ATTENDEE:mailto:d@x.example",
        "BEGIN:VALARM",
        "SUMMARY:not this",
        "END:VALARM",
    )
    assert summarise(source).split("\n") == [
        "invitation: Budget, first quarter",
        "when: 2026-12-01 09:00 to 10:30 (Europe/Berlin)",
        "repeats: every 2 weeks on Monday and Wednesday, 10 times",
        "where: Room 1 second floor",
        "organiser: Lee, Ann: boss <ann@x.example>",
        "attendees: 3 (2 accepted, 1 not answered)",
    ]


@pytest.mark.parametrize(
    ("lines", "when"),
    [
        (["DTSTART:20261201T090000Z", "DURATION:PT1H30M"], "2026-12-01 09:00 (UTC), for 1 hour 30 minutes"),
        (["DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261203"], "2026-12-01 until before 2026-12-03"),
        (["DTSTART:20261201T090000"], "2026-12-01 09:00 (no zone given)"),
        (
            ["DTSTART;TZID=Asia/Tokyo:20261201T230000", "DTEND;TZID=Asia/Tokyo:20261202T010000"],
            "2026-12-01 23:00 (Asia/Tokyo) to 2026-12-02 01:00 (Asia/Tokyo)",
        ),
        (["DTSTART:soon"], "soon"),
    ],
)
def test_a_time_has_its_zone(lines: list[str], when: str) -> None:
    assert f"when: {when}" in summarise(calendar(*lines)).split("\n")


def test_a_cancellation_an_answer_and_one_date_are_said() -> None:
    assert summarise(calendar("SUMMARY:x", method="CANCEL")).startswith("cancellation: x (CANCELLED)")
    assert "(CANCELLED)" in summarise(calendar("SUMMARY:x", "STATUS:cancelled"))
    answer = summarise(calendar("SUMMARY:x", "ATTENDEE;CN=Bob;PARTSTAT=DECLINED:mailto:b@x.example", method="REPLY"))
    assert answer.split("\n") == ["answer to an invitation: x", "answer: Bob <b@x.example>: declined"]
    assert "only the date of 2026-12-08 09:00 (UTC)" in summarise(calendar("RECURRENCE-ID:20261208T090000Z"))


def test_many_events_are_counted() -> None:
    event = "BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n"
    assert summarise(event * 5).split("\n") == ["event: x", "event: x", "event: x", "and 2 more events"]


def test_a_text_that_is_no_calendar_gives_nothing() -> None:
    assert summarise("hello") == ""
    assert summarise("") == ""


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "every day"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "every month on the last Friday"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "every month on day 1 and 15"),
        (
            "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24;UNTIL=20301224T000000Z",
            "every year on day 24 in December, until 2030-12-24",
        ),
        ("FREQ=SOMETIMES", "repeats by a rule"),
        ("", "repeats by a rule"),
        ("FREQ=WEEKLY;INTERVAL=x;COUNT=y;BYMONTH=99", "every week"),
    ],
)
def test_a_rule_is_said_in_words(rule: str, words: str) -> None:
    assert in_words(rule) == words


def test_lines_are_unfolded_and_taken_apart() -> None:
    assert list(content_lines('X;A="b:c;d";E=f:g\n  h\\n\\\\n')) == [
        ContentLine("X", {"A": "b:c;d", "E": "f"}, "g h\\n\\\\n")
    ]
    assert ContentLine("X", {}, "a\\nb\\\\n\\;").text == "a\nb\\n;"


ICAL = st.lists(
    st.sampled_from(
        [
            "BEGIN:",
            "END:",
            "VEVENT",
            "VALARM",
            "\n",
            "\n ",
            "SUMMARY",
            "DTSTART",
            "DTEND",
            "RRULE",
            ":",
            ";",
            "=",
            '"',
            "\\",
            "TZID=x",
            "20261201",
            "T090000",
            "Z",
            "FREQ=DAILY",
            "ATTENDEE",
            "METHOD:REPLY",
            "DURATION:P",
            "1W",
            "\u202e",
        ]
    )
).map("".join)


@given(ICAL | st.text())
def test_any_calendar_gives_a_bounded_text(source: str) -> None:
    told = summarise("BEGIN:VEVENT\n" + source)
    assert len(told) < 20_000
    in_words(source)


def test_a_long_calendar_is_read_in_part() -> None:
    assert summarise("BEGIN:VEVENT\nSUMMARY:x\n" + "ATTENDEE:mailto:x\n" * 100_000).endswith("not answered)")
    assert len(summarise("BEGIN:VEVENT\nSUMMARY:" + "x\n " * 100_000)) < 400
    assert summarise("BEGIN:VEVENT\nATTENDEE" + ';X="' * 50_000).startswith("event: (no title)")
