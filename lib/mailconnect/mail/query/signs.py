"""The characters that mean something in a query, and those that are taken for them.

Typographic and full-width ones are written by their code points, because many look like their plain relatives.
"""

from typing import Final

COLONS: Final = ":\uff1a"
FULL_WIDTH_PARENTHESES: Final = "\uff08\uff09"

STRAIGHT_QUOTES: Final = '"\uff02'
QUOTES: Final = frozenset(STRAIGHT_QUOTES + "\u201c\u201d\u201e\u201f\u00ab\u00bb")
"""Straight ones end at a straight one; “ ” „ « » end at any."""

APOSTROPHES: Final = {"'": "'", "\u2018": "\u2019"}
"""Each with the one that ends its phrase."""

BREAKS: Final = frozenset("(){}|" + FULL_WIDTH_PARENTHESES) | QUOTES

DASHES: Final = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212")

INVISIBLE: Final = frozenset(
    "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
"""They come with pasted text, and separate words as a space does."""

PUNCTUATION: Final = DASHES | frozenset(COLONS + "*.,;\u2026?!/\\")
"""Nothing can be found by a word of nothing else."""
