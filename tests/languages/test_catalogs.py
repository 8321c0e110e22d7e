"""The catalogs are whole, fit their places, and say nothing that English does not."""

import re
from pathlib import Path
from unicodedata import east_asian_width

import pytest

from mailconnect.endpoints.pages.rendering import TRANSLATED
from mailconnect.languages.language import CATALOGS
from tests.languages.collect import CODES, LIB, brought_up_to_date, catalog, collected, compiled, glossary, messages

TEMPLATES = LIB / "endpoints" / "pages" / "templates"
SHARED = {"base.html", "parts.html"}

_HOLES = re.compile(r"%\(\w+\)[sd]")
_TAGS = re.compile(r"</?\w+[^>]*>")
_LONGEST_RATIO = 1.6
_ALWAYS_FITS = 12
"""Columns. "Deny" has four letters, and every button has room for more."""

_IN_NARROW_PLACES = re.compile(
    r"<(button|h1|title|legend)\b[^>]*>.*?</\1>|\{% block title %\}.*?\{%-? endblock", re.DOTALL
)
_CALLED = re.compile(r'_\("((?:[^"\\]|\\.)*)"\)')
_BLOCK = re.compile(r"\{% trans\b.*?%\}(.*?)\{% endtrans %\}", re.DOTALL)


def forms(string: object) -> list[str]:
    return [str(one) for one in string] if isinstance(string, list | tuple) else [str(string)]


def columns(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in _HOLES.sub("Fastmail", text))


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_is_translated_and_none_is_left_over(code: str) -> None:
    there = {(str(message.id), message.context): message for message in messages(catalog(code))}
    wanted = {(str(message.id), message.context) for message in messages(collected())}
    assert there.keys() == wanted, "make languages"
    assert not [id_ for id_, message in there.items() if not all(forms(message.string))]


@pytest.mark.parametrize("code", CODES)
def test_the_compiled_catalogs_are_those_of_the_translators(code: str) -> None:
    assert (CATALOGS / f"{code}.mo").read_bytes() == compiled(brought_up_to_date(code)), "make languages"


@pytest.mark.parametrize("code", CODES)
def test_a_translation_has_the_holes_and_the_markup_of_the_english(code: str) -> None:
    for message in messages(catalog(code)):
        english = forms(message.id)[-1]
        for form in forms(message.string):
            missing = {"%(num)d"} if message.pluralizable and "%(num)d" not in form else set()
            assert set(_HOLES.findall(form)) | missing == set(_HOLES.findall(english)) | missing, form
            assert sorted(_TAGS.findall(form)) == sorted(_TAGS.findall(english)), form
            assert "%" not in _HOLES.sub("", form), form


@pytest.mark.parametrize("code", CODES)
def test_the_reader_is_addressed_in_one_way_and_no_word_is_used_that_the_glossary_avoids(code: str) -> None:
    known = glossary()
    assert known.keys() == {"tone", "words", "avoid"}
    assert all(len(words) == len(CODES) for words in known["words"].values())
    stiff = [
        (pattern, form)
        for message in messages(catalog(code))
        for form in forms(message.string)
        for pattern in known["avoid"][code]
        if re.search(pattern, _HOLES.sub(" … ", form))
    ]
    assert stiff == []


def narrow() -> set[str]:
    """The sentences of buttons and titles."""
    places = [
        place[0]
        for name in sorted(TRANSLATED | SHARED)
        for place in _IN_NARROW_PLACES.finditer((TEMPLATES / name).read_text("utf-8"))
    ]
    called = {text for place in places for text in _CALLED.findall(place)}
    blocks = {re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", text) for place in places for text in _BLOCK.findall(place)}
    return called | blocks


@pytest.mark.parametrize("code", CODES)
def test_no_button_or_title_is_much_longer_than_in_english(code: str) -> None:
    there = catalog(code)
    texts = narrow()
    assert {"Allow", "Let %(who)s into your %(provider)s?"} <= texts
    too_long = []
    for text in texts:
        message = there.get(text)
        assert message is not None, text
        room = max(_LONGEST_RATIO * columns(text), _ALWAYS_FITS)
        too_long += [form for form in forms(message.string) if columns(form) > room]
    assert not too_long


@pytest.mark.parametrize("name", sorted(TRANSLATED | SHARED))
def test_a_translated_template_has_no_text_of_its_own(name: str) -> None:
    assert bare_text((TEMPLATES / name).read_text("utf-8")) == []


def bare_text(source: str) -> list[str]:
    source = re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL)
    # Decoration, and the guides of pages that are in English.
    source = re.sub(r"<svg.*?</svg>|\{% macro steps\(.*", "", source, flags=re.DOTALL)
    source = _BLOCK.sub("", re.sub(r"\{% block kind %\}.*?\{%", "{%", source))
    source = re.sub(r"ngettext\(('[^']*'|\"[^\"]*\"|[^)])*\)|pgettext\([^)]*\)", "", _CALLED.sub("", source))
    labels = re.findall(r'(?:aria-label|title|placeholder|alt)="([A-Za-z][^"{]*)"', source)
    spoken = [
        text for text in re.findall(r'"([^"\n]*)"', " ".join(re.findall(r"\{[{%].*?[%}]\}", source))) if is_prose(text)
    ]
    text = re.sub(r"<[^>]*>", " ", re.sub(r"\{[{%].*?[%}]\}", " ", source, flags=re.DOTALL))
    return [*labels, *spoken, *re.findall(r"[A-Za-z]{2,}(?: \w+)*", text)]


def is_prose(text: str) -> bool:
    return bool(re.match(r"[A-Z][a-z]+", text) or re.match(r"[a-z]+ [a-z]+", text))


def test_text_that_was_forgotten_is_found() -> None:
    assert bare_text('<p>Kept</p>{# no #}<a aria-label="Go">{{ _("x") }}</a>{{ "Sign in" if a else _("b") }}') == [
        "Go",
        "Sign in",
        "Kept",
    ]


def test_translations_are_files_that_the_package_carries() -> None:
    assert {path.name for path in Path(CATALOGS).iterdir()} == {
        f"{code}{end}" for code in CODES for end in (".po", ".mo")
    }
