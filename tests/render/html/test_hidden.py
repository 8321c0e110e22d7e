"""Text that a sender hides from people by an element's own attributes does not reach the model, and is counted."""

import pytest

from mailconnect.render.html.to_text import to_text

TRICKS = {
    "display": '<div style="display:none">{}</div>',
    "display in capitals": '<div STYLE="DISPLAY : NONE">{}</div>',
    "display important": "<div style='color:red;display:none !important'>{}</div>",
    "display with a comment": '<div style="dis/**/play:no/* x */ne">{}</div>',
    "display with an escape": '<div style="d\\69splay:none">{}</div>',
    "display with references": '<div style="&#100;isplay&colon;none">{}</div>',
    "display without quotes": "<div style=display:none>{}</div>",
    "visibility": '<span style="visibility:hidden">{}</span>',
    "visibility collapse": '<span style="visibility: collapse">{}</span>',
    "hidden": "<p hidden>{}</p>",
    "hidden with a value": '<p HIDDEN="until-found">{}</p>',
    "no font size": '<span style="font-size:0">{}</span>',
    "no font size in pixels": '<span style="font-size: 0px;">{}</span>',
    "one pixel": '<span style="font-size:1px">{}</span>',
    "half a point": '<span style="font-size:0.5pt">{}</span>',
    "font shorthand": '<span style="font:0/0 a">{}</span>',
    "no font size in percent": '<span style="font-size:0%">{}</span>',
    "opacity": '<div style="opacity:0">{}</div>',
    "nearly no opacity": '<div style="opacity:.01">{}</div>',
    "filter": '<div style="filter:opacity(0)">{}</div>',
    "no height": '<div style="height:0;overflow:hidden">{}</div>',
    "no width": '<div style="width:0px; overflow:hidden">{}</div>',
    "no maximum height": '<div style="max-height:0px">{}</div>',
    "no maximum width": '<div style="max-width:0">{}</div>',
    "left of the screen": '<div style="position:absolute;left:-9999px">{}</div>',
    "above the screen": '<div style="position:fixed;top:-100em">{}</div>',
    "indented away": '<p style="text-indent:-9999px">{}</p>',
    "margin": '<p style="margin-left:-5000px">{}</p>',
    "moved away": '<p style="transform:translateX(-9999px)">{}</p>',
    "shrunk": '<p style="transform: scale(0)">{}</p>',
    "clipped": '<p style="position:absolute;clip:rect(0 0 0 0)">{}</p>',
    "clip path": '<p style="clip-path: inset(100%)">{}</p>',
    "white on white": '<p style="color:#fff;background:#ffffff">{}</p>',
    "nearly white on white": '<p style="color:#fefefe;background-color:white">{}</p>',
    "white on a white table": '<table bgcolor="#FFFFFF"><tr><td><font color="white">{}</font></td></tr></table>',
    "transparent": '<p style="color:transparent">{}</p>',
    "transparent by alpha": '<p style="color:rgba(0,0,0,0)">{}</p>',
    "text fill": '<p style="-webkit-text-fill-color: transparent">{}</p>',
    "content visibility": '<p style="content-visibility:hidden">{}</p>',
    "template": "<template>{}</template>",
    "noscript": "<noscript>{}</noscript>",
    "inside": '<div style="display:none"><p>a<b>{}</b></p></div>',
    "with a bigger child": '<div style="opacity:0"><p style="font-size:30px;opacity:1">{}</p></div>',
    "a stray end tag": '<div style="display:none"></span></b>{}</div>',
    "an end tag from within a table": '<div style="display:none"><table><tr><td></div>{}</td></tr></table></div>',
    "an inline end tag across a block, never closed": '<span style="display:none"><div></span>{}</div>',
    "never closed": '<div style="display:none">{}',
}
NOT_TEXT = {
    "comment": "<!-- {} -->",
    "comment with an end in capitals": "<!--[if mso]><p>{}</p><![endif]-->",
    "comment never closed": "x<!-- {} ",
    "style": "<style>.{} </style>",
    "script": "<script>{}</script>",
    "title": "<title>{}</title>",
    "declaration": "<!x {}>",
    "processing instruction": "<?x {}?>",
    "tag never closed": "x <p {} ",
    "attribute": '<p title="{}">x</p>',
    "cdata": "<![CDATA[{}]]>",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_hidden_text_is_left_out_and_counted(trick: str) -> None:
    made = to_text("<p>before</p>" + TRICKS[trick].format("SECRET words") + ("<p>after</p>" * ("never" not in trick)))
    assert "SECRET" not in made.text
    assert made.hidden >= len("SECRETwords")
    assert "before" in made.text
    assert ("after" in made.text) is ("never" not in trick)


@pytest.mark.parametrize("kind", NOT_TEXT)
def test_an_element_that_is_no_text_is_left_out(kind: str) -> None:
    made = to_text("<p>before</p>" + NOT_TEXT[kind].format("SECRET"))
    assert "SECRET" not in made.text
    assert made.text.startswith("before")


@pytest.mark.parametrize(
    "shown",
    [
        '<p style="color:#fff;background:#000">{}</p>',
        '<td style="font-size:0"><div style="font-size:16px">{}</div></td>',
        '<div style="visibility:hidden"><span style="visibility:visible">{}</span></div>',
        '<p style="opacity:0.5">{}</p>',
        '<p style="max-height:100px;overflow:hidden">{}</p>',
        '<p style="height:0.5in;line-height:1">{}</p>',
        '<p style="color:white;background:url(x.png) white">{}</p>',
        '<p style="text-indent:-10px;margin-left:-8px">{}</p>',
        '<p style="text-decoration:none;border:none">{}</p>',
        "<p aria-hidden=true>{}</p>",
        '<p style="display:none">x<p>{}',
        "<ul><li hidden>x<li>{}</ul>",
        "<table><tr><td style=display:none>x<td>{}</table>",
        '<div style="display:none">x</div>{}',
        "<style>.dark{{}}</style><table bgcolor=white><tr><td class=dark style='color:#fff'>{}",
        "<table><tr><td style='font-size:0'>x<td style='font-size:0'><p style='font-size:12px'>{}",
        # A button that all programs but Outlook show.
        '<a style="background:#d84a38;color:#fff;mso-hide:all" href="https://x.example/">{}</a>',
        "<head><title>x</title><p>{}",
        "<html><head><style>x</style>{}",
    ],
)
def test_text_that_people_see_is_shown(shown: str) -> None:
    assert "SEEN" in to_text(shown.format("SEEN")).text


def test_pixels_are_counted_and_their_words_dropped() -> None:
    made = to_text(
        '<img src=a width=1 height=1 alt="SECRET"><img src=b alt="A cat"><img src=c style="display:none" alt=x>'
    )
    assert (made.pixels, made.text) == (2, "[image: A cat]")


def test_invisible_characters_are_removed_and_counted() -> None:
    made = to_text("<p>a&zwnj;&#8203;b\u202ec&#xE0041;</p>")
    assert (made.text, made.removed) == ("abc", 4)
