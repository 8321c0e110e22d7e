"""Collects the sentences of pages into the catalogs, and compiles them: `make languages`.

A translator edits `lib/mailconnect/languages/catalogs/LANGUAGE.po` and runs it again. Both files are committed, so that
nothing has to be built before the program runs.
"""

import io
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from mailconnect.languages.language import CATALOGS, ENGLISH, LANGUAGES

LIB = Path(__file__).parents[2] / "lib" / "mailconnect"
CODES = [language.code for language in LANGUAGES if language is not ENGLISH]
_METHODS = [("**/sandbox/**", "ignore"), ("**.py", "python"), ("**/templates/**.html", "jinja2")]
_OPTIONS = {"**/templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true"}}
_KEYWORDS = {
    "marked": None,
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "translated_for": (1, 2),
    "pgettext": ((1, "c"), 2),
}


@cache  # to read all sources takes a second
def collected() -> Catalog:
    """Every sentence, with the translators' notes that stand above it."""
    catalog = Catalog(project="mailconnect")
    found: Iterable[tuple[str, int, str | tuple[str, ...], list[str], str | None]] = extract_from_dir(
        LIB, _METHODS, _OPTIONS, _KEYWORDS, ("Translators:",), strip_comment_tags=True
    )
    for name, line, text, notes, context in found:
        catalog.add(text, None, [(name, line)], auto_comments=notes, context=context)
    return catalog


def catalog(code: str) -> Catalog:
    path = CATALOGS / f"{code}.po"
    if not path.exists():
        return Catalog(locale=code)
    with path.open("rb") as file:
        return read_po(file, locale=code)


def messages(one: Catalog) -> list[Message]:
    return [message for message in one if message.id]


def compiled(one: Catalog) -> bytes:
    into = io.BytesIO()
    write_mo(into, one)
    return into.getvalue()


def written(one: Catalog) -> bytes:
    into = io.BytesIO()
    write_po(into, one, width=120, omit_header=False, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    return into.getvalue()


def glossary() -> dict[str, Any]:
    """`tone` and `avoid` (patterns) by language, `words` by the English word, in the order of CODES."""
    return tomllib.loads((Path(__file__).parent / "glossary.toml").read_text("utf-8"))


def for_translators(code: str) -> str:
    """The head of a catalog: how it sounds, and one word for one thing."""
    known = glossary()
    words = [f"{english}: {here[CODES.index(code)]}" for english, here in known["words"].items()]
    return "\n".join(f"# {line}" for line in (known["tone"][code], "", "One word for one thing:", *words)).replace(
        "# \n", "#\n"
    )


def brought_up_to_date(code: str) -> Catalog:
    """With every sentence that there is, and none besides; what is new waits for its translation."""
    kept = catalog(code)
    fresh = Catalog(
        locale=code,
        project="mailconnect",
        charset="utf-8",
        header_comment=f"# {kept.locale.english_name}.\n{for_translators(code)}",
    )
    for message in messages(collected()):
        before = kept.get(message.id, message.context)
        fresh.add(
            message.id,
            before.string if before else "",
            message.locations,
            auto_comments=message.auto_comments,
            context=message.context,
        )
    fresh.creation_date = fresh.revision_date = kept.creation_date
    return fresh


def main() -> None:
    for code in CODES:
        fresh = brought_up_to_date(code)
        (CATALOGS / f"{code}.po").write_bytes(written(fresh))
        (CATALOGS / f"{code}.mo").write_bytes(compiled(fresh))
        waiting = sum(
            not any(message.string) if message.pluralizable else not message.string for message in messages(fresh)
        )
        print(f"{code}: {len(messages(fresh))} sentences, {waiting} of them not translated")


if __name__ == "__main__":
    main()
