from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mailconnect.mail.query.errors import QueryError
from mailconnect.mail.query.headers_only import asks_for_words, headers_only
from mailconnect.mail.query.parser import parse


def read(query):
    return parse(query, me=[], zone=ZoneInfo("UTC"), now=datetime(2026, 11, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("query", "same"),
    [
        ("budget", "(subject:budget OR from:budget OR to:budget OR cc:budget)"),
        ("-budget", "-(subject:budget OR from:budget OR to:budget OR cc:budget)"),
        ('"two words"', '(subject:"two words" OR from:"two words" OR to:"two words" OR cc:"two words")'),
        ("from:ann is:unread newer_than:7d", "from:ann is:unread newer_than:7d"),
        ("", ""),
    ],
)
def test_words_are_searched_in_the_subject_and_among_the_people(query, same):
    assert headers_only(read(query)) == read(same)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("body:x", "body:"),
        ("a OR body:x", "body:"),
        ("-body:x", "body:"),
        ("filename:x.pdf", "filename:"),
        ("(a (b OR filename:c))", "filename:"),
    ],
)
def test_a_query_about_a_body_or_an_attachment_is_refused(query, named):
    with pytest.raises(QueryError) as refused:
        headers_only(read(query))
    assert refused.value.text == (
        f"`{named}` needs permission to read messages (emails:read), which this connection lacks. Leave it out; "
        "request_access says how the owner can allow it."
    )


@pytest.mark.parametrize(
    ("query", "asks"),
    [
        ("budget", True),
        ("-budget", True),
        ("from:ann budget", True),
        ("from:ann OR -(is:unread budget)", True),
        ("from:ann", False),
        ("-from:ann", False),
        ("from:ann (is:unread OR subject:x)", False),
        ("", False),
    ],
)
def test_words_without_an_operator_are_noticed_wherever_they_stand(query, asks):
    assert asks_for_words(read(query).root) is asks
