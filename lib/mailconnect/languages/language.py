"""The languages of the pages. English is in the source; the catalogs of the others are compiled (GNU gettext)."""

import gettext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CATALOGS = Path(__file__).parent / "catalogs"


@dataclass(frozen=True)
class Language:
    """`code` is a primary language subtag (RFC 5646 §2.2.1), `name` what its speakers call it."""

    code: str
    name: str

    @cached_property
    def catalog(self) -> gettext.NullTranslations:
        """Read once a process, when the first page in this language is rendered."""
        if self is ENGLISH:
            return gettext.NullTranslations()
        with (CATALOGS / f"{self.code}.mo").open("rb") as compiled:
            return gettext.GNUTranslations(compiled)


ENGLISH = Language("en", "English")
LANGUAGES = (ENGLISH, Language("de", "Deutsch"), Language("fr", "Français"), Language("ja", "日本語"))
