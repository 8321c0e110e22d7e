"""Any text gives an error for a model, or a tree that prints back to itself and makes a filter by the grammar."""

import contextlib
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from mailconnect.jmap.email.filter import email_filter
from mailconnect.mail.query import tree
from mailconnect.mail.query.errors import QueryError
from mailconnect.mail.query.left_out import left_out_of
from mailconnect.mail.query.operators import MARKS_PRINTED, OPERATORS, PLACES
from mailconnect.mail.query.parser import LONGEST, parse
from mailconnect.mail.query.places import Place, Places
from mailconnect.mail.query.printer import printed

NOW = datetime(2026, 11, 30, 8, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
ME = ["ann@example.org", "*@lee.example"]
PLACES_OF_ANN = Places(
    [
        Place("i", "Inbox", "Inbox", "inbox"),
        Place("j", "Spam", "Spam", "junk"),
        Place("t", "Trash", "Trash", "trash"),
        Place("t1", "Old", "Trash/Old", None, "t"),
        Place("a", "a", "a"),
    ]
)

OPERATED = tuple(f"{name}:" for name in OPERATORS)
SIGNS = tuple("()(){}|-\"'“”«»‘’（）：: \t\u200b\\*<>,;")
CONNECTIVES = (" OR ", " AND ", " NOT ", " or ", " and ", "not ", "&&", "||")
VALUES = ("a", "me", "unread", "attachment", "7d", "today", "2026-11-02", "5M", "trash", "anywhere", "inbox", "x@y.org")
ODDITIES = ("Re:", "12:30", "http://x.org/", "don't", "–", "--", "é", "日本", "label:", "foo:", "* ")
PIECES = st.sampled_from((*OPERATED, *SIGNS, *CONNECTIVES, *VALUES, *ODDITIES))
QUERIES = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=80)


def read(text, **bounds):
    return parse(text, me=ME, zone=BERLIN, now=NOW, **bounds)


@given(st.text() | QUERIES)
def test_nothing_but_the_query_error_is_ever_raised(text):
    try:
        query = read(text)
    except QueryError as error:
        assert error.text
        assert len(error.text) < 500
        assert error.position is None or 1 <= error.position <= len(text) + 1
    else:
        assert isinstance(query, tree.Query)


@given(QUERIES)
def test_a_query_prints_to_a_text_that_reads_the_same(text):
    try:
        query = read(text)
    except QueryError:
        return
    again = read(printed(query), longest=100_000, deepest=100)
    assert again == query
    assert printed(again) == printed(query)


WORD = st.text("abcdefghijé日0123456789_.", min_size=1, max_size=8).filter(
    lambda word: word[0].isalnum() and word != "me"
)
PHRASE = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
    .map(lambda text: " ".join(re.sub(r"[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u00ad]", "", text).split()))
    .filter(lambda text: any(character.isalnum() for character in text))
)
INSTANTS = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def words(kind):
    phrases = PHRASE.filter(
        lambda text: text[0].isalnum() and not {*"<>,"} & {*text} and not text.lower().startswith("mailto:")
    )
    return WORD.map(kind) | phrases.map(lambda text: kind(text, phrase=True))


LEAVES = st.one_of(
    *(words(kind) for kind in (tree.Text, tree.Subject, tree.Body, tree.From, tree.To, tree.Cc, tree.Bcc, tree.With)),
    words(tree.Filename),
    WORD.map(tree.List),
    st.sampled_from(["inbox", "junk", "trash", "a", "Big Clients", "OR"]).map(tree.In),
    st.sampled_from([*MARKS_PRINTED]).map(tree.Is),
    st.just(tree.HasAttachment()),
    st.integers(1, 10**12).map(tree.Larger) | st.integers(1, 10**12).map(tree.Smaller),
    INSTANTS.map(tree.Before) | INSTANTS.map(tree.After),
)


def inside(children):
    lists = st.lists(children, min_size=1, max_size=4)
    return (
        lists.map(tree.all_of)
        | lists.map(tree.any_of)
        | children.map(lambda node: node.term if isinstance(node, tree.Not) else tree.Not(node))
    )


@given(st.recursive(LEAVES, inside, max_leaves=12))
def test_every_tree_prints_to_a_query_that_reads_as_the_tree(root):
    try:
        again = read(printed(root), longest=100_000, deepest=100)
    except QueryError as error:
        assert error.text.startswith(("No email can be both", "The query asks for a term and for its opposite"))
        return
    assert again == tree.Query(root, left_out_of(root))


STRINGS = {
    "inMailbox",
    "hasKeyword",
    "notKeyword",
    "text",
    "from",
    "to",
    "cc",
    "bcc",
    "subject",
    "body",
    "attachmentName",
}


def holds_to_the_grammar(condition):
    """RFC 8620 §5.5 and RFC 8621 §4.4.1."""
    assert isinstance(condition, dict)
    assert condition
    if "operator" in condition:
        assert condition.keys() == {"operator", "conditions"}
        assert condition["operator"] in {"AND", "OR", "NOT"}
        assert condition["conditions"]
        for inner in condition["conditions"]:
            holds_to_the_grammar(inner)
        return
    for name, value in condition.items():
        if name in STRINGS:
            assert isinstance(value, str)
            assert value
        elif name in {"before", "after"}:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value)
        elif name in {"minSize", "maxSize"}:
            assert isinstance(value, int)
            assert 0 < value < 2**53
        elif name == "hasAttachment":
            assert isinstance(value, bool)
        elif name == "inMailboxOtherThan":
            assert value == ["j"] or value == ["t", "t1"] or value == ["j", "t", "t1"]
        else:
            assert name == "header"
            assert 1 <= len(value) <= 2
            assert all(isinstance(part, str) and part for part in value)


@given(QUERIES, st.booleans(), st.sampled_from([None, "i"]))
def test_every_filter_obeys_the_grammar(text, has_attachment_names, within):
    try:
        made = email_filter(read(text), PLACES_OF_ANN, within=within, has_attachment_names=has_attachment_names)
    except QueryError:
        return
    if made.condition is not None:
        holds_to_the_grammar(made.condition)
    assert made.unsupported().endswith(".")


class Steps:
    """Counts the characters that are looked at."""

    def __init__(self):
        self.count = 0


class CountedText(str):
    __slots__ = ("steps",)

    def __new__(cls, text, steps):
        self = super().__new__(cls, text)
        self.steps = steps
        return self

    def __getitem__(self, key):
        self.steps.count += 1
        return super().__getitem__(key)


@given(
    st.sampled_from(
        ["'a ", "'a'b ", '"a" ', "a:", "(", "((a) ", "-", "a OR ", "subject:(a ", "{a ", "from:me ", "\\", '"\\', "“"]
    )
)
def test_time_grows_with_the_length_and_not_with_its_square(piece):
    def steps(length):
        counted = Steps()
        text = CountedText((piece * length)[:length], counted)
        with contextlib.suppress(QueryError):
            read(text, longest=length, deepest=10)
        return counted.count

    assert steps(8_000) <= 5 * steps(2_000) + 100


def test_the_longest_query_is_read_and_one_more_character_is_not():
    assert read("a" * LONGEST)
    try:
        read("a" * (LONGEST + 1))
    except QueryError as error:
        assert "501 characters; the maximum is 500" in error.text


@given(INSTANTS, st.integers(0, 3650))
def test_an_age_in_days_is_that_many_days_of_the_calendar(now, days):
    since = parse(f"newer_than:{days}d", me=(), zone=BERLIN, now=now + timedelta(days=4000)).root
    assert isinstance(since, tree.After)
    local = since.instant.astimezone(BERLIN)
    today = (now + timedelta(days=4000)).astimezone(BERLIN)
    assert (today.date() - local.date()).days == days


def test_all_places_have_their_own_words():
    listed = [word for written in PLACES.values() for word in written]
    assert len({*listed}) == len(listed)
