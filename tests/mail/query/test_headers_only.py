from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mailconnect.mail.query.errors import QueryError
from mailconnect.mail.query.headers_only import headers_only
from mailconnect.mail.query.parser import parse


def read(query):
    return parse(query, me=[], zone=ZoneInfo("UTC"), now=datetime(2026, 11, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("query", "same"),
    [
        ("budget", "(subject:budget OR from:budget OR to:budget OR cc:budget)"),
        ("-budget", "-(subject:budget OR from:budget OR to:budget OR cc:budget)"),
        ("from:ann is:unread newer_than:7d", "from:ann is:unread newer_than:7d"),
        ("", ""),
    ],
)
def test_words_are_searched_in_the_subject_and_among_the_people(query, same):
    assert headers_only(read(query)) == read(same)


@pytest.mark.parametrize("query", ["body:x", "a OR body:x", "-body:x", "filename:x.pdf", "(a (b OR filename:c))"])
def test_a_query_about_a_body_or_an_attachment_is_refused(query):
    with pytest.raises(QueryError, match="needs permission to read messages"):
        headers_only(read(query))
