"""Any 256 KiB of HTML is text within a bound. The design's bound is 0.7 s; a loaded machine gets three times that."""

import time

import html_to_markdown
import pytest

from mailconnect.render import links, message
from mailconnect.render.html import to_text as html
from tests.render import hostile

_SECONDS = 2.1  # of CPU time of this process


@pytest.mark.parametrize("kind", hostile.kinds())
def test_no_source_takes_long_to_convert(kind: str) -> None:
    source = hostile.source(kind)
    begun = time.process_time()
    made = html.to_text(source)
    took = time.process_time() - begun
    assert took < _SECONDS
    assert not made.broken
    assert len(made.text) <= html.LONGEST_TEXT


@pytest.mark.parametrize("kind", hostile.kinds())
def test_no_source_takes_long_as_a_whole_message(kind: str) -> None:
    source = hostile.source(kind)
    begun = time.process_time()
    both = message.MessageParts(plain=source, html=source, calendar=source, headers=[("Subject", source)])
    for mode in ("new", "full"):
        shown = message.prepare(both, mode).render("n0nce123", longest=24_000)
        assert len(shown.text) < 120_000
    assert time.process_time() - begun < 2 * _SECONDS


@pytest.mark.parametrize("kind", hostile.kinds())
def test_no_plain_text_takes_long(kind: str) -> None:
    plain = hostile.source(kind).replace("&gt;", ">").replace("<br>", "\n").replace("&lt;", "<")
    begun = time.process_time()
    shown = message.prepare(message.MessageParts(plain=plain)).render("n0nce123", longest=24_000, link_mode="full")
    assert time.process_time() - begun < _SECONDS
    assert len(shown.text) < 120_000


def test_html_that_takes_long_is_known_by_its_size() -> None:
    assert html.belongs_off_the_event_loop(100_000)
    assert not html.belongs_off_the_event_loop(1_000)


def test_a_failure_of_the_library_gives_the_text_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def panics(*_: object) -> None:
        raise html_to_markdown.PanicError("at the disco")

    monkeypatch.setattr(html_to_markdown, "convert", panics)
    made = html.to_text('<p>One<br>two <a href="https://x.example/">three</a></p>')
    assert made.broken
    assert links.resolve(made.text, made.hrefs).text == "One\ntwo three [1]"
