import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailconnect.mcp.tools.printable import printable


@pytest.mark.parametrize(
    "name",
    [
        "Inbox",
        "K\u00fcnden",
        "\u65e5\u672c\u8a9e",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "a / b",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    ],
)
def test_names_in_all_scripts_stay_as_they_are(name):
    assert printable(name) == name


@pytest.mark.row("MC-27")
@pytest.mark.parametrize(
    "name",
    [
        "a\nb",
        "a\r\nTotal: 0",
        "\x1b[31mred",
        "a\x00",
        "\u202egnp.exe",
        "\u2066x\u2069",
        "x\u200b",
        "\U000e0041hidden",
        "\ud800",
        "a\u2028b",
        "\x7f",
        "\u00ad",
    ],
)
def test_what_steers_or_hides_becomes_visible(name):
    assert "\ufffd" in printable(name)
    assert len(printable(name)) == len(name)


@pytest.mark.row("MC-27")
def test_a_long_name_is_cut():
    assert printable("x" * 300) == "x" * 254 + "…"


@given(st.text(st.characters()))
def test_nothing_steering_is_left(name):
    shown = printable(name)
    assert len(shown) <= 255
    shown.encode()
    assert not {unicodedata.category(character) for character in shown if character not in "\u200c\u200d"} & {
        "Cc",
        "Cf",
        "Cs",
        "Zl",
        "Zp",
    }
