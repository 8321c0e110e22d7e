"""The marks of mail programs in their HTML: quotations and signatures, by class and id.

Gmail, Thunderbird and Apple Mail mark a quotation as a blockquote, which every blockquote here is.
"""

import re
from typing import Literal

_QUOTATION_CLASS = re.compile(
    r"\b(?:yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|OutlookMessageHeader"
    r"|ms-outlook-mobile-reference-message|hm_quote|qt-quote)\b"
)
_QUOTATION_ID = re.compile(
    r"^(?:x_)*(?:divRplyFwdMsg|OLK_SRC_BODY_SECTION|mail-editor-reference-message-container|yahoo_quoted_\w+)$"
)
_HEADERS = re.compile(r"divRplyFwdMsg|OutlookMessageHeader")
_SIGNATURE = re.compile(
    r"^(?:x_)*(?:gmail_signature|moz-signature|Signature|signature|protonmail_signature_block|ms-outlook-mobile-signature"
    r"|AppleMailSignature|tutanota-signature)$"
)
_LONGEST = 500  # characters of a class attribute
_MAX_CLASSES = 8


def meaning(classes: str, named: str) -> Literal["signature", "quotation", "headers", ""]:
    """By the attributes class and id. "headers": a quoted message's headers; the message follows the element."""
    if any(_SIGNATURE.match(one) for one in [named, *classes[:_LONGEST].split()[:_MAX_CLASSES]]):
        return "signature"
    found = _QUOTATION_CLASS.search(classes[:_LONGEST]) or _QUOTATION_ID.match(named)
    if found is None:
        return ""
    return "headers" if _HEADERS.search(found.group()) else "quotation"
