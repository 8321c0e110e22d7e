"""A newsletter as publishers send them: tables in tables, inline styles, hidden text, tracking links and pixels."""

import hashlib
from collections.abc import Mapping, Sequence

_STYLE = (
    "#outlook a{padding:0} .ExternalClass{width:100%} body{margin:0;padding:0;-webkit-text-size-adjust:100%}"
    " table,td{mso-table-lspace:0pt;mso-table-rspace:0pt} img{border:0;height:auto;line-height:100%;outline:none}"
    " @media only screen and (max-width:480px){.column{width:100%!important;max-width:100%}"
    " .hide{display:none!important}}"
)
_CELL = (
    "font-family:Georgia,'Times New Roman',serif;font-size:16px;line-height:24px;color:#333333;padding:0 24px 16px 24px"
)
_PREHEADER = (
    "display:none;font-size:1px;color:#ffffff;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden"
)


def newsletter(name: str, issue: int, stories: Sequence[Mapping[str, str]], host: str, *, blocks: int) -> str:
    """blocks: how many stories it has, which repeat in turn; 85 of them are about 100 kB."""
    told = "".join(_block(stories[number % len(stories)], host, f"{name}-{issue}-{number}") for number in range(blocks))
    filler = "&#847;&zwnj;&nbsp;" * 60
    return (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml"><head><meta charset="utf-8"><title>{name}</title>'
        f"<style>{_STYLE}</style><!--[if mso]><style>.mso{{display:none}}</style><![endif]--></head>\n"
        f'<body bgcolor="#f4f4f4"><div style="{_PREHEADER}">{stories[0]["title"]} {filler}</div>\n'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">\n'
        '<table role="presentation" width="600" cellpadding="0" cellspacing="0" style="background:#ffffff">\n'
        f'<tr><td style="{_CELL}"><h1>{name}</h1><p>Issue {issue}. <a href="{_tracked(host, f"{name}{issue}view")}">'
        f"View in browser</a></p></td></tr>\n{told}"
        f'<tr><td style="{_CELL};font-size:11px;color:#999999"><p>You get this because you signed up at {host}.</p>'
        f'<p><a href="{_tracked(host, f"{name}{issue}out")}">Unsubscribe</a></p>'
        f'<img src="https://{host}/open/{_mark(f"{name}{issue}")}.gif" width="1" height="1" alt=""></td></tr>\n'
        "</table></td></tr></table></body></html>\n"
    )


def _block(story: Mapping[str, str], host: str, mark: str) -> str:
    return (
        f'<tr><td style="{_CELL}"><table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr>'
        f'<td width="180" class="column" valign="top"><a href="{_tracked(host, mark + "i")}"><img '
        f'src="https://{host}/i/{_mark(mark)}.jpg" width="160" alt="" style="display:block"></a></td>'
        f'<td class="column" valign="top" style="{_CELL}"><h2 style="font-size:20px;margin:0">{story["title"]}</h2>'
        f'<p>{story["text"]} <a href="{_tracked(host, mark)}" style="color:#0a66c2">{story["link"]}</a></p>'
        f'<span style="font-size:0;color:#ffffff">{_mark(mark + "h")}</span></td></tr></table></td></tr>\n'
    )


def _tracked(host: str, mark: str) -> str:
    return f"https://click.{host}/t/{_mark(mark)}{_mark(mark + 'x')}?utm_source=newsletter&amp;utm_medium=email"


def _mark(seed: str) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()[:40]
