from mailconnect.render.part import belongs_off_the_event_loop, richer


def test_the_plain_text_is_shown_where_it_says_as_much() -> None:
    assert richer("Hello there, all of you", "<p>Hello <b>there</b>, all of you</p>").kind == "plain"


def test_a_stub_yields_to_the_html() -> None:
    body = richer("See the HTML.", f"<p>{'A long story. ' * 20}</p>")
    assert body.kind == "html"
    assert body.text.startswith("A long story.")


def test_a_plain_text_without_the_links_yields_to_the_html() -> None:
    html = '<p>Confirm your address <a href="https://x.example/confirm">here</a></p>'
    assert richer("Confirm your address here", html).kind == "html"
    assert richer("Confirm your address here: https://x.example/confirm", html).kind == "plain"
    assert richer("Write to us", '<p>Write to <a href="mailto:a@x.example">us</a></p>').kind == "plain"


def test_the_only_part_is_shown() -> None:
    assert richer(None, "<p>x</p>").text == "x"
    assert richer("", "<p>x</p>").text == "x"
    assert richer("x", None).text == "x"
    assert richer("x", " ").text == "x"
    assert richer(None, None).kind == "none"


def test_invisible_characters_of_a_plain_text_are_counted() -> None:
    body = richer("a\u200bb\u202ec", None)
    assert (body.text, body.removed) == ("abc", 2)


def test_long_parts_belong_off_the_event_loop() -> None:
    assert belongs_off_the_event_loop("x" * 100_000, None)
    assert belongs_off_the_event_loop(None, "x" * 100_000)
    assert not belongs_off_the_event_loop("short", "<p>short")
