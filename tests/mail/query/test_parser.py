from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mailconnect.mail.query import tree
from mailconnect.mail.query.errors import QueryError
from mailconnect.mail.query.parser import DEEPEST, parse
from mailconnect.mail.query.printer import printed

NOW = datetime(2026, 11, 30, 8, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def read(text, me=("ann@example.org",)):
    return parse(text, me=me, zone=BERLIN, now=NOW)


def said_of(text):
    with pytest.raises(QueryError) as raised:
        read(text)
    return raised.value.text


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("", ""),
        ("   ", ""),
        ("*", ""),
        ("a b", "a b"),
        ("a AND b", "a b"),
        ("a && b", "a b"),
        ("from:a and from:b", "from:a from:b"),
        ("a OR b c", "(a OR b) c"),
        ("a b OR c", "a (b OR c)"),
        ("(a b) OR c", "(a b) OR c"),
        ("{a b c}", "a OR b OR c"),
        ("{a (b c)}", "a OR (b c)"),
        ("a|b", "a OR b"),
        ("a || b", "a OR b"),
        ("NOT a", "-a"),
        ("NOT NOT a", "a"),
        ("-(-a)", "a"),
        ("-is:unread", "is:read"),
        ("is:unread", "-is:read"),
        ("-(a b)", "-(a b)"),
        ("((a))", "a"),
        ("((a b) c)", "a b c"),
        ("subject:(a OR b)", "subject:a OR subject:b"),
        ("subject:(a (b OR c))", "subject:a (subject:b OR subject:c)"),
        ("subject:(a -b)", "subject:a -subject:b"),
        ("-subject:(a OR b)", "-(subject:a OR subject:b)"),
        ("subject:{a b}", "subject:a OR subject:b"),
        ("from:(ann OR me)", "from:ann OR from:ann@example.org"),
        ("in:(spam OR trash)", "in:junk OR in:trash"),
        ("is:(read flagged)", "is:read is:flagged"),
        ("filename:(pdf OR docx)", "filename:pdf OR filename:docx"),
        ("foo(bar)", "foo bar"),
        ('foo"bar baz"', 'foo "bar baz"'),
        ("（a OR b） c", "(a OR b) c"),
        ("subject：a", "subject:a"),
        ("„a b“ «c d» “e f”", '"a b" "c d" "e f"'),
        ('“a "', '"a"'),
        ("subject:'a b' it's 'n' roll", 'subject:"a b" it\'s "n" roll'),
        ('"a \\"b\\" c"', '"a \\"b\\" c"'),
        ("a\u200bb\ufeff", "a b"),
        ("FROM:a Is:Read", "from:a is:read"),
        ("from: a", "from:a"),
        ("label:x folder:y mailbox:z", "in:x in:y in:z"),
        ('in:"Big Clients"', 'in:"Big Clients"'),
        ("in:Spam in:Bin", "in:junk in:trash"),
        ("is:spam is:sent", "in:junk in:sent"),
        ("is:$flagged", "is:flagged"),
        ("has:attachments", "has:attachment"),
        ("has:memo", "has:memo"),
        ('in:"Or" in:"AND" in:"not"', 'in:"Or" in:"AND" in:"not"'),
        ("from:<a@x.org> to:mailto:b@x.org", "from:a@x.org to:b@x.org"),
        ('from:"Ann <a@x.org>"', 'from:"a@x.org"'),
        ("from:*@x.org cc:@y.org", "from:x.org cc:y.org"),
        ("subject:re:foo", "subject:re:foo"),
        ("http://x.org/?a=b 12:30", "http://x.org/?a=b 12:30"),
        ("a - b – c", "a b c"),
        ("--verbose", '"--verbose"'),
        ("now or never", 'now "or" never'),
        ("-a -b", "-a -b"),
        ("older:7d", "before:2026-11-23T08:12:00Z"),
        ("smaller:1k larger:10", "smaller:1000 larger:10"),
        ("list:<a.x.org> list:*", "list:a.x.org list:*"),
        ("text:re:foo", '"re:foo"'),
    ],
)
def test_a_query_prints_as_what_it_means(text, means):
    assert printed(read(text)) == means


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "form:ann",
            "There is no operator `form:`; did you mean `from:`? Or, to search for the text itself, put it in",
        ),
        ("form:ann", '`"form: …"`'),
        ("subjet:x", "did you mean `subject:`?"),
        ("Re: budget", 'There is no operator `Re:`; to search for the text itself, put it in quotes: `"Re: …"`.'),
        ("Re: budget", "The operators are from, to, cc,"),
        ("sender:ann", "write `from:`."),
        ("size:5M", "write `larger:` or `smaller:`, such as `larger:5M`."),
        ("date:today", "write `after:2026-11-02 before:2026-11-03` for one day."),
        ("has_attachment:true", "write `has:attachment`."),
        ("is:unred", "There is no `is:unred`; did you mean `is:unread`?"),
        ("is:xyzzy", "the values are read seen unread"),
        ("has:pdf", "There is no `has:pdf`; write `has:attachment filename:pdf`."),
        ("has:atachment", "did you mean `has:attachment`?"),
        ("has:youtube", "the values are attachment and memo."),
        ("larger:big", "`larger:` at character 8: `big` is not a size; write octets, or a number with k, M or G"),
        ("larger:0", "is not a size"),
        ("larger:99999G", "is not a size"),
        ("larger:-5M", "is not a size"),
        ("after:11/02/2026", "`11/02/2026` could be two dates; write the year first"),
        ("after:02.11.2026", "could be two dates"),
        ("after:lastweek", "`lastweek` is not a date; write a day as `2026-11-02`"),
        ("newer_than:-7d", "is not a date"),
        ("after:2026-02-30", "is not a date"),
        ("after:1969", "is not a date"),
        ("newer_than:9999y", "is not a date"),
        ("after:2026-11-02T25:00", "is not a date"),
        ("(a", "The parenthesis `(` at character 1 is not closed"),
        ("a b)", "The parenthesis `)` at character 4 closes nothing"),
        ("{a", "The brace `{` at character 1 is not closed"),
        ("(a}", "The brace `}` at character 3 closes nothing"),
        ("from:(a", "The parenthesis `(` at character 6 is not closed"),
        ('from:"ann', "The quotation mark at character 6 has no partner"),
        ("“ann", "The quotation mark at character 1 has no partner"),
        ('""', "The quotes at character 1 hold no word"),
        ('subject:" - "', "The quotes at character 9 hold no word"),
        ("()", "The parentheses at character 1 are empty"),
        ("subject:()", "The parentheses at character 9 are empty"),
        ("subject:", "`subject:` at character 1 needs a value after the colon; to search for the text itself"),
        ("from: is:unread", "`from:` at character 1 needs a value"),
        ("from:subject:x", "`subject:` cannot be its value"),
        ("subject:(from:a)", "`from:` at character 10 cannot stand inside `subject:( )`"),
        ("subject:-x", "`-` goes before the operator: write `-subject:x`."),
        ("OR a", "`OR` at character 1 needs a term on both sides."),
        ("a OR", "`OR` at character 3 needs a term on both sides."),
        ("a AND", "`AND` at character 3 needs a term on both sides."),
        ("a OR OR b", "needs a term on both sides."),
        ("a OR -", "needs a term on both sides."),
        ("a NOT", "`NOT` at character 3 has nothing after it."),
        ("a AND b OR c", "AND and OR stand side by side at character 9; put parentheses around the OR"),
        ("{a AND b}", "AND at character 4 stands in braces"),
        ("from:a or from:b", "`or` at character 8 would be searched as a word; write OR in capitals"),
        ("(a b) or c", "write OR in capitals"),
        ("a or -from:b", "write OR in capitals"),
        ("subject:(a or b)", "write OR in capitals"),
        ("not from:a", "`not` at character 1 would be searched as a word; write NOT in capitals"),
        ("-in:anywhere", "leaves nothing to be found"),
        ("-(a OR in:anywhere)", "leaves nothing to be found"),
        ("-*", "leaves nothing to be found"),
        ("???", "The query has no word in it"),
        ("from:a,b", "A comma joins nothing; write `from:(ann@example.org OR bob@example.org)`."),
        ("from:*", "It needs a name, an address or a part of one"),
        ("subject:*", "It needs a word, such as `subject:budget`."),
        ("in:...", "It needs a mailbox, such as `in:archive`."),
        ("after:today before:yesterday", "No email can be both after"),
        ("after:2026-11-02 before:2026-11-02", "`after:` takes its day in, `before:` leaves its day out."),
        ("larger:5k smaller:5k", "No email can be both larger than 5,000 and smaller than 5,000 octets"),
        ("larger:5M smaller:1M", "No email can be both larger than 5,000,000 and smaller than 1,000,000 octets"),
        ("is:read is:unread", "asks for a term and for its opposite"),
        ("(a OR b) -(a OR b)", "asks for a term and for its opposite"),
        ("a\x00b", "Character 2 of the query is a control character"),
        ("a \ud800", "Character 3 of the query is a control character"),
        ('"a\x07"', "Character 3 of the query is a control character"),
    ],
)
def test_a_query_that_cannot_be_searched_is_an_error_that_says_how_to_write_it(text, said):
    assert said in said_of(text)


def test_me_is_every_address_of_the_account_and_quotes_make_it_a_word():
    assert printed(read("to:me", me=["a@x.org", "A <b@x.org>", "*@y.org", "a@x.org"])) == (
        "to:a@x.org OR to:b@x.org OR to:y.org"
    )
    assert read('to:"me"').root == tree.To("me", phrase=True)
    with pytest.raises(QueryError, match="addresses are not known here; write the address instead of `me`"):
        read("to:me", me=())


def test_a_quoted_phrase_stays_one_word():
    assert read('"a b"').root == tree.Text("a b", phrase=True)
    assert read("a").root == tree.Text("a")


def test_words_of_every_kind_become_nodes():
    assert read("from:a has:attachment larger:5 after:2026-11-02").root == tree.And(
        (
            tree.From("a"),
            tree.HasAttachment(),
            tree.Larger(5),
            tree.After(datetime(2026, 11, 1, 23, tzinfo=UTC)),
        )
    )
    assert read("").root == tree.EVERYTHING


def test_errors_have_a_position():
    with pytest.raises(QueryError) as raised:
        read("ann form:bob")
    assert raised.value.position == 5


def test_parentheses_have_a_depth():
    assert read("(" * DEEPEST + "a" + ")" * DEEPEST).root == tree.Text("a")
    assert "more than 12 deep at character 13" in said_of("(" * 13 + "a" + ")" * 13)


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("", ("junk", "trash")),
        ("a", ("junk", "trash")),
        ("in:anywhere", ()),
        ("a OR in:anywhere", ()),
        ("in:spam", ()),
        ("in:inbox a", ()),
        ("in:inbox OR a", ("junk", "trash")),
        ("in:inbox OR in:x", ()),
        ("a OR in:spam", ("trash",)),
        ("a OR in:trash OR in:junk", ()),
        ("-in:spam", ("junk", "trash")),
        ("-in:inbox", ("junk", "trash")),
        ("-(a -in:trash)", ("junk",)),
    ],
)
def test_junk_and_trash_are_left_out_unless_the_query_asks_for_them(text, left_out):
    assert read(text).left_out == left_out


def test_no_repr_tells_what_a_person_searches_for():
    query = read("from:ann secret in:trash -is:read larger:5M")
    for shown in (repr(query), repr(query.root), *(repr(term) for term in query.root.terms)):
        assert "(…)" in shown
        assert not {"ann", "secret", "trash", "seen", "5000000"} & {*shown.replace("(", " ").split()}
    with pytest.raises(QueryError) as raised:
        read("form:secret")
    assert repr(raised.value) == "QueryError(…)"
