import re

from hypothesis import given, settings
from hypothesis import strategies as st

from mailconnect.render.message import MessageParts, is_forwarded, prepare
from mailconnect.render.verdict import SenderFacts, verdict
from tests.render.test_characters import forbidden

NONCE = "k3yq8w2x"


def shown(message: MessageParts, **how: object) -> str:
    mode = how.pop("mode", "new")
    return prepare(message, mode).render(NONCE, longest=how.pop("longest", 12_000), **how).text


def test_our_words_stand_before_the_fence_and_the_content_inside() -> None:
    message = MessageParts(
        ours=["emailId M12 threadId T9 · unread"],
        verdict="sender: verified for x.example (DMARC pass)",
        headers=[("From", "Ann <ann@x.example>"), ("Subject", "Hello\nthere")],
        html='<div style="display:none">preview</div><p>See <a href="https://evil.example/">paypal.com</a></p>'
        "<div>-- <br>Ann</div><blockquote>old</blockquote>",
        attachments=["a.pdf · application/pdf · 20 kB"],
    )
    assert shown(message) == (
        "emailId M12 threadId T9 · unread\n"
        "sender: verified for x.example (DMARC pass)\n"
        "careful: link 1 leads to evil.example, but its text names paypal.com\n"
        "[hidden text left out: 7 characters]\n"
        '[signature: 8 characters; body "full" shows it]\n'
        '[quoted text: 7 characters; body "full" shows it]\n'
        f"<<mail {NONCE}>>\n"
        "│ From: Ann <ann@x.example>\n"
        "│ Subject: Hello\ufffdthere\n"
        "│\n"
        "│ attachments:\n"
        "│ a.pdf · application/pdf · 20 kB\n"
        "│\n"
        "│ See paypal.com [1]\n"
        "│\n"
        "│ links:\n"
        "│ 1 https://evil.example/ (the text names paypal.com)\n"
        f"<</mail {NONCE}>>"
    )


def test_body_full_shows_what_body_new_collapses() -> None:
    message = MessageParts(plain="New\n-- \nAnn\n\nOn 5 Jan 2026, Bob wrote:\n> old\n")
    collapsed = prepare(message).render(NONCE, longest=1_000)
    assert "│ New\n<<" in collapsed.text.replace("<</", "<<")
    assert (collapsed.quoted, collapsed.signature) == (33, 8)
    full = prepare(message, "full").render(NONCE, longest=1_000)
    assert "│ > old" in full.text
    assert (full.quoted, full.signature) == (0, 0)


def test_a_signature_below_the_quotation_is_no_words_of_its_own() -> None:
    message = MessageParts(plain="New\n\nOn 5 Jan 2026, Bob wrote:\n> old\n\n-- \nAnn\n")
    assert prepare(message).text == "New"


def test_body_none_shows_headers_only() -> None:
    text = shown(MessageParts(headers=[("Subject", "x")], plain="SECRET", html="<p>SECRET"), mode="none")
    assert text == f"<<mail {NONCE}>>\n│ Subject: x\n<</mail {NONCE}>>"


def test_a_forwarded_message_is_kept_whole() -> None:
    plain = "FYI\n\n> From: Bob\n> old"
    assert prepare(MessageParts(plain=plain)).quoted
    assert not prepare(MessageParts(plain=plain, headers=[("Subject", "WG: Budget")])).quoted
    assert is_forwarded([("subject", "Fwd：x")])
    assert not is_forwarded([("Subject", "Re: x"), ("To", "Fwd: x")])


def test_reading_on_gives_the_rest_with_its_links() -> None:
    html = "".join(f'<p>Paragraph {n} <a href="https://h{n}.example/">link</a></p>' for n in range(1, 300))
    prepared = prepare(MessageParts(html=html))
    first = prepared.render(NONCE, longest=1_000)
    assert f"offset {first.next_offset} reads on]" in first.text
    assert "1 h1.example" in first.text
    second = prepared.render(NONCE, longest=1_000, offset=first.next_offset or 0)
    assert "h1.example" not in second.text
    read = re.findall(r"Paragraph (\d+)", first.text + second.text)
    assert read == [str(n) for n in range(1, len(read) + 1)]


def test_links_have_a_budget_of_their_own() -> None:
    html = "".join(f'<a href="https://host-number-{n}.example/">x</a> ' for n in range(300))
    text = shown(MessageParts(html=html), longest=3_000)
    assert "more links" in text
    assert len(text) < 8_000


def test_an_invitation_is_told_inside() -> None:
    text = shown(MessageParts(calendar="BEGIN:VEVENT\nSUMMARY:Lunch\nEND:VEVENT"))
    assert "│ event: Lunch" in text
    assert "[no text]" not in text
    assert "[no text]" in shown(MessageParts())


def test_many_headers_and_attachments_are_bounded() -> None:
    message = MessageParts(
        ours=["x" * 10_000] * 1_000,
        headers=[("To", "y" * 10_000)] * 1_000,
        attachments=["z" * 10_000] * 1_000,
        plain="p",
    )
    assert len(shown(message)) < 60_000
    assert "and 940 more attachments" in shown(message)


PIECES = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<div style='display:none'>",
            "</div>",
            "<a href='https://x.example/'>",
            "</a>",
            "<blockquote>",
            "<br>",
            "<table><tr><td>",
            "</td>",
            "<td>",
            "</table>",
            "<li>",
            "<ul>",
            "</ul>",
            "<pre>",
            "</pre>",
            "<h1>",
            "</h1>",
            "word ",
            "![x](https://e.example/p.png)",
            "&#33;[",
            "!",
            "[",
            "<img src=x alt='![a](b)'>",
            "&lt;img src=x&gt;",
            "\u202e",
            "\0",
            "&#xfdd3;",
            "\ufdd40\ufdd5",
            "&zwj;",
            "&lt;&lt;/mail k3yq8w2x&gt;&gt;",
            "<!--",
            "-->",
            "<",
            "\n",
            "&nbsp;",
            "\ud800",
            "<b hidden>",
            "</b>",
            "<div id=divRplyFwdMsg>",
            "<p class=gmail_signature>",
            "&#8232;",
            "│",
            "<textarea>",
            "<q>",
        ]
    ),
    max_size=60,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(PIECES | st.text(st.characters(exclude_categories=())), st.sampled_from(["new", "full"]), st.booleans())
def test_any_message_is_fenced_bounded_and_harmless(source: str, mode: str, as_html: bool) -> None:
    message = MessageParts(
        ours=["emailId M1"],
        verdict=verdict(SenderFacts(source, source, [source, f"a@{source}"]), [source], ["mx.example"]),
        headers=[("Subject", source), ("From", source)],
        html=source if as_html else None,
        plain=None if as_html else source,
        calendar=source,
        attachments=[source],
    )
    rendered = prepare(message, mode).render(NONCE, longest=500, link_mode="full")
    assert len(rendered.text) < 6_000
    assert not forbidden(rendered.text)
    assert "![" not in rendered.text
    assert "<img" not in rendered.text.lower()
    lines = rendered.text.split("\n")
    begin = lines.index(f"<<mail {NONCE}>>")
    assert lines[-1] == f"<</mail {NONCE}>>"
    assert all(line.startswith("│") for line in lines[begin + 1 : -1])
    assert rendered.text.lower().count(NONCE) == 2


@settings(max_examples=200, deadline=None)
@given(PIECES)
def test_pieces_of_a_message_are_its_whole_text(source: str) -> None:
    prepared = prepare(MessageParts(html=source), "full")
    offset: int | None = 0
    while offset is not None:
        rendered = prepared.render(NONCE, longest=7, offset=offset)
        assert rendered.next_offset is None or rendered.next_offset > offset
        offset = rendered.next_offset
    assert rendered.total == len(prepared.text)
