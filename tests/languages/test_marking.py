"""The test that looks for forgotten words finds them."""

from mailconnect.languages.words import Name, marked, said
from tests.languages.marking import marked_english, unmarked, untranslatable


def test_a_sentence_of_the_catalogs_is_marked_and_other_text_is_not() -> None:
    with marked_english():
        sentence = said(marked("Known assistant"))
        assert sentence != "Known assistant"
        assert unmarked(sentence) == "Known assistant"
        assert said("Poke") == "Poke"
    assert said(marked("Known assistant")) == "Known assistant"


def test_forgotten_words_are_found_wherever_they_are_seen_or_heard() -> None:
    with marked_english():
        known, named = said(marked("Known assistant")), said(marked("Disconnect %(name)s", name=Name("Poke")))
        page = f"""<title>{known} – <b translate="no">mailconnect</b></title><p aria-label="Go">{known} Kept</p>
        <img alt="{known}"><a title="{known} now" href="/english">{named}</a><code translate="no">fmu1</code>
        <p lang="de">Konto</p>3,000 · <bdi>Poke</bdi>"""
    assert untranslatable(page) == ["Go", "Kept", "now", "Poke"]
