"""A filter finds the emails that its query asks for: both are evaluated, each by its own rules, over made-up emails."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from mailconnect.jmap.email.filter import email_filter, utc_date
from mailconnect.mail.query import tree
from mailconnect.mail.query.errors import QueryError
from mailconnect.mail.query.parser import parse
from mailconnect.mail.query.places import Place, Places

NOW = datetime(2026, 11, 30, 8, 12, tzinfo=UTC)
PLACES = Places(
    [
        Place("I", "Inbox", "Inbox", "inbox"),
        Place("J", "Junk", "Junk", "junk"),
        Place("T", "Trash", "Trash", "trash"),
        Place("T1", "Old", "Trash/Old", None, "T"),
        Place("W", "Work", "Work"),
    ]
)
ROLES = {"I": "inbox", "J": "junk", "T": "trash", "W": "Work"}
LETTERS = "abc"


@dataclass(frozen=True)
class Email:
    mailboxes: frozenset[str]
    keywords: frozenset[str]
    headers: dict[str, str]
    size: int
    received: datetime
    files: tuple[str, ...]

    def everywhere(self):
        return [*self.headers.values()]


EMAILS = st.builds(
    Email,
    st.frozensets(st.sampled_from(["I", "J", "T", "T1", "W"]), min_size=1),
    st.frozensets(st.sampled_from(["$seen", "$flagged"])),
    st.fixed_dictionaries(
        {name: st.text(LETTERS, max_size=2) for name in ("from", "to", "cc", "bcc", "subject", "body", "List-Id")}
    ),
    st.sampled_from([999, 1000, 1001, 2000]),
    st.sampled_from([datetime(2026, 11, day, 0, 0, tzinfo=UTC) for day in (1, 2, 3, 4)]),
    st.lists(st.text(LETTERS, min_size=1, max_size=2), max_size=1).map(tuple),
)

TERMS = st.sampled_from(
    [
        f"{name}:{letter}"
        for name in ("from", "to", "cc", "bcc", "with", "subject", "body", "filename")
        for letter in "ab"
    ]
    + ["a", "b", "c", "list:a", "list:*", "larger:1000", "smaller:1000", "larger:2000", "has:attachment", "is:unread"]
    + [
        "is:flagged",
        "in:inbox",
        "in:trash",
        "in:junk",
        "in:Work",
        "in:anywhere",
        "after:2026-11-02",
        "before:2026-11-03",
    ]
)
QUERIES = st.recursive(
    TERMS,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(" ".join).map("({})".format)
        | st.lists(inner, min_size=1, max_size=3).map(" OR ".join).map("({})".format)
        | inner.map("-{}".format)
    ),
    max_leaves=8,
)
HEADERS = {
    tree.From: ["from"],
    tree.To: ["to"],
    tree.Cc: ["cc"],
    tree.Bcc: ["bcc"],
    tree.With: ["from", "to", "cc", "bcc"],
    tree.Subject: ["subject"],
    tree.Body: ["body"],
    tree.Text: ["from", "to", "cc", "bcc", "subject", "body"],
    tree.List: ["List-Id"],
}


def asked_for(node, email):
    match node:
        case tree.And(terms):
            return all(asked_for(term, email) for term in terms)
        case tree.Or(terms):
            return any(asked_for(term, email) for term in terms)
        case tree.Not(term):
            return not asked_for(term, email)
        case tree.In("anywhere"):
            return True
        case tree.In(place):
            return place in {ROLES.get(ident) for ident in email.mailboxes}
        case tree.Is(mark):
            return f"${mark}" in email.keywords
        case tree.HasAttachment():
            return bool(email.files)
        case tree.Larger(octets):
            return email.size >= octets
        case tree.Smaller(octets):
            return email.size < octets
        case tree.After(instant):
            return email.received >= instant
        case tree.Before(instant):
            return email.received < instant
        case tree.Filename(text):
            return any(text in name for name in email.files)
        case tree.List("*"):
            return bool(email.headers["List-Id"])
    return any(node.text in email.headers[name] for name in HEADERS[type(node)])


def found_by(condition, email):
    """RFC 8620 §5.5 and RFC 8621 §4.4.1."""
    if "operator" in condition:
        held = [found_by(inner, email) for inner in condition["conditions"]]
        return {"AND": all(held), "OR": any(held), "NOT": not any(held)}[condition["operator"]]
    return all(has(name, value, email) for name, value in condition.items())


def has(name, value, email):
    match name:
        case "inMailbox":
            return value in email.mailboxes
        case "inMailboxOtherThan":
            return bool(email.mailboxes - {*value})
        case "hasKeyword":
            return value in email.keywords
        case "notKeyword":
            return value not in email.keywords
        case "hasAttachment":
            return bool(email.files) == value
        case "minSize":
            return email.size >= value
        case "maxSize":
            return email.size < value
        case "after":
            return utc_date(email.received) >= value
        case "before":
            return utc_date(email.received) < value
        case "attachmentName":
            return any(value in filename for filename in email.files)
        case "header":
            return email.headers[value[0]] != "" and "".join(value[1:]) in email.headers[value[0]]
        case "text":
            return any(value in email.headers[name] for name in HEADERS[tree.Text])
    return value in email.headers[name]


@given(QUERIES, st.lists(EMAILS, min_size=5, max_size=20))
def test_a_filter_finds_what_its_query_asks_for(text, emails):
    try:
        query = parse(text, me=(), zone=ZoneInfo("UTC"), now=NOW)
        made = email_filter(query, PLACES, has_attachment_names=True)
    except QueryError:
        return
    left_out = {ident for role in made.left_out for ident in PLACES.below(role)}
    for email in emails:
        wanted = asked_for(query.root, email) and (not left_out or bool(email.mailboxes - left_out))
        assert (made.condition is None or found_by(made.condition, email)) == wanted
