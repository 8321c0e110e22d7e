"""With any colour that an operator chooses, every word stays readable (WCAG 2.2 §1.4.3, §1.4.11)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.endpoints.pages.accent import ENOUGH, GROUNDS, accent, contrast
from mailconnect.endpoints.pages.stylesheet import STATIC, stylesheet, tightened

CSS = (STATIC / "style.css").read_text()
_COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def colours(scheme: str) -> dict[str, str]:
    """The custom properties of a colour scheme, as style.css has them."""
    light, dark = (block.partition("}")[0] for block in CSS.split(":root {")[1:3])
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", {"light": light, "dark": dark}[scheme]))


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.478), ("#ffffff", "#ffffff", 1.0)],
)
def test_contrast_is_computed_as_wcag_does(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.001)
    assert contrast(other, one) == contrast(one, other)


@given(_COLOURS)
def test_any_accent_is_readable_in_both_schemes(chosen: str) -> None:
    made = accent(chosen)
    assert min(contrast(made.light, ground) for ground in GROUNDS["light"]) >= ENOUGH
    assert min(contrast(made.dark, ground) for ground in GROUNDS["dark"]) >= ENOUGH
    assert contrast(made.stamp, "#ffffff") >= ENOUGH


def test_a_readable_accent_stays_as_it_was_chosen() -> None:
    assert accent("#1c4a9b").light == accent("#1c4a9b").stamp == "#1c4a9b"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_stylesheet_s_own_colours_are_readable(scheme: str) -> None:
    has = colours(scheme)
    assert (has["sheet"], has["paper"]) == GROUNDS[scheme]
    for ink in ("ink", "soft", "red"):
        for ground in GROUNDS[scheme]:
            assert contrast(has[ink], ground) >= ENOUGH, (ink, ground)


def test_the_stylesheet_wears_the_accent() -> None:
    css = stylesheet("#9b1c4a").decode()
    assert "--accent:#9b1c4a" in css
    assert css.endswith(tightened(CSS))


def test_only_meaningless_characters_are_taken_out_of_the_stylesheet() -> None:
    """The same words in the same order, but for comments; a text that is shown keeps its spaces."""
    css = tightened(CSS)
    assert "/*" not in css
    without_comments = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
    assert re.sub(r"\s|;(?=\s*})", "", without_comments) == re.sub(r"\s", "", css)
    assert 'content:attr(data-column) ": "' in css
    assert tightened("a > b { margin: 0 calc(1px + 2px); }") == "a > b{margin:0 calc(1px + 2px)}"
