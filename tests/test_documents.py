"""What the documents at the root and under docs/ say is what the program does."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from mailconnect import settings
from mailconnect.grants.tokens.token import TokenKind, mint
from mailconnect.oauth.clients.registration_lifetime import KEPT_AFTER_GRANT, NEVER_AUTHORIZED_LIFETIME
from mailconnect.oauth.scopes import NOTICE_VERSION, SCOPES
from mailconnect.settings import SettingError, from_environment
from mailconnect.store.switchboard import KNOWN_FOR, READ_EVERY
from mailconnect.store.switches import Switch
from mailconnect.sweep.receipts import RECEIPT_LIFETIME
from mailconnect.sweep.revocation import GIVE_UP_AFTER, KEY_LOST_AFTER
from mailconnect.version import VERSION

ROOT = Path(__file__).parents[1]
DAY = 86_400


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def flowing(name: str) -> str:
    """Without line breaks, so that a sentence can be looked for."""
    return " ".join(read(name).split())


def settings_table() -> dict[str, tuple[str, str]]:
    """Default and values of each setting, by its name without the prefix."""
    rows = re.findall(r"^\| `MAILCONNECT_(\w+)` \| (.+?) \| (.+?) \|", read("docs/settings.md"), re.MULTILINE)
    return {name: ("" if default == "none" else default.strip("`"), values) for name, default, values in rows}


def test_the_settings_table_has_every_setting_and_its_default() -> None:
    table = settings_table()
    assert table.keys() == settings.FIELDS.keys()
    given = {f"MAILCONNECT_{name}": default for name, (default, _) in table.items() if default}
    assert from_environment(given) == from_environment({})
    has_none = {name for name, (default, _) in table.items() if not default}
    assert has_none == {name for name, field in settings.FIELDS.items() if not field.default}


def bounds() -> list[tuple[str, int, int]]:
    found = ((name, re.fullmatch(r"([0-9]+) to ([0-9]+)", values)) for name, (_, values) in settings_table().items())
    return [(name, int(match[1]), int(match[2])) for name, match in found if match]


@pytest.mark.parametrize(("name", "least", "maximum"), bounds())
def test_the_bounds_in_the_table_are_the_bounds(name: str, least: int, maximum: int) -> None:
    shortest = {"MAILCONNECT_ACCESS_LIFETIME": "1"}  # no connection may be set to end before it
    for value in (least, maximum):
        from_environment(shortest | {f"MAILCONNECT_{name}": str(value)})
    for value in (least - 1, maximum + 1):
        with pytest.raises(SettingError):
            from_environment({f"MAILCONNECT_{name}": str(value)})


def test_every_number_has_its_bounds_in_the_table() -> None:
    assert {name for name, _, _ in bounds()} == {
        name for name, field in settings.FIELDS.items() if field.annotation is int
    }


@pytest.mark.parametrize("name", ["PROVIDER", "SCOPE_FAMILY", "SEND_RESOURCE", "PROVIDER_PKCE"])
def test_the_choices_in_the_table_are_the_choices(name: str) -> None:
    with pytest.raises(SettingError) as refused:
        from_environment({f"MAILCONNECT_{name}": "?"})
    assert f"one of {settings_table()[name][1].replace('`', '')}." in str(refused.value)


def test_the_privacy_notice_has_the_version_in_force() -> None:
    assert re.findall(r"^Version ([0-9-]+)\.", read("PRIVACY.md"), re.MULTILINE) == [NOTICE_VERSION]


def test_no_scope_is_newer_than_the_privacy_notice() -> None:
    assert all(scope.notice_version <= NOTICE_VERSION for scope in SCOPES.values())


def test_the_privacy_notice_promises_the_times_that_the_program_keeps() -> None:
    notice = flowing("PRIVACY.md")
    plain = from_environment({})
    for sentence in (
        f"{NEVER_AUTHORIZED_LIFETIME // DAY} days if nobody connects it",
        f"{KEPT_AFTER_GRANT // DAY} days beyond the latest end of its last connection",
        f"| {RECEIPT_LIFETIME // DAY} days |",
        f"we try for {GIVE_UP_AFTER // DAY} days",
        f"open the record ourselves, we try for {KEY_LOST_AFTER // DAY} days",
        f"after {plain.refresh_idle // DAY} days without use, and after {plain.grant_lifetime // DAY} days in any case",
    ):
        assert sentence in notice, sentence


def test_the_changelog_begins_with_this_version() -> None:
    assert re.search(r"^## (\S+)", read("CHANGELOG.md"), re.MULTILINE)[1] == VERSION  # type: ignore[index]


def test_the_readme_names_commands_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^    )make ([a-z-]+)", read("README.md"), re.MULTILINE))
    assert {"run", "test", "test-clients", "check"} <= named <= targets


DOCUMENTS = [str(path.relative_to(ROOT)) for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))]


def test_no_link_leads_nowhere() -> None:
    links = [
        (name, target, place)
        for name in sorted(DOCUMENTS)
        for target, place in re.findall(r"\]\(([^)#:\s]*)(?:#([^)\s]+))?\)", read(name))
    ]
    assert len(links) > 60
    for name, target, place in links:
        path = (ROOT / name).parent / target if target else ROOT / name
        assert path.exists(), f"{name}: {target}"
        assert not place or place in headings(path), f"{name}: {target}#{place}"


def headings(document: Path) -> set[str]:
    """As they are linked to: in lower case, words joined by hyphens, without marks."""
    titles = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def test_the_architecture_names_files_that_there_are() -> None:
    paths = read("docs/architecture.md").partition("Paths are below `lib/mailconnect/`.")[2]
    places = set(re.findall(r"`([a-z_]+/[a-z_/]*(?:\.(?:py|html))?)`", paths))
    assert len(places) > 20
    roots = (ROOT / "lib" / "mailconnect", ROOT)
    assert [place for place in sorted(places) if not any((root / place).exists() for root in roots)] == []


def test_the_architecture_names_functions_that_there_are() -> None:
    named = re.findall(r"`(\w+)` in `([a-z_/]+\.py)`", read("docs/architecture.md"))
    assert len(named) > 5
    for name, path in named:
        source = (ROOT / "lib" / "mailconnect" / path).read_text("utf-8")
        assert re.search(rf"^ *(?:async )?def {name}\(|^{name}(?:: .+)? = ", source, re.MULTILINE), (name, path)


def test_the_readme_has_a_row_for_every_room() -> None:
    rooms = {path.parent.name for path in (ROOT / "lib" / "mailconnect").glob("*/__init__.py")}
    rows = set(re.findall(r"`([a-z_]+)/`", read("README.md").partition("| Room |")[2].partition("\n\n")[0]))
    assert rooms - rows - {"encoding"} == set()


def test_the_picture_of_the_rooms_is_the_order_that_is_checked() -> None:
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    [layers] = [one["layers"] for one in contracts if one["type"] == "layers"]
    checked = [{room.rpartition(".")[2].strip() for room in layer.split("|")} for layer in layers]
    picture = read("docs/architecture.md").partition("```text")[2].partition("```")[0]
    drawn = [set(re.findall(r"[a-z_]+", line[:60])) for line in picture.splitlines()]
    everything = set().union(*checked)
    assert everything - set().union(*drawn) == set()
    heights = {room: height for height, rooms in enumerate(drawn) for room in rooms & everything}
    for above, below in pairwise(checked[1:]):  # what AWS calls stands beside one machine's, at the top
        if above != {"log"}:
            assert max(heights[room] for room in above) < min(heights[room] for room in below), (above, below)


def test_the_decisions_are_numbered_dated_and_short() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for number, path in enumerate(decisions, 1):
        lines = path.read_text("utf-8").splitlines()
        assert lines[0].startswith(f"# {number:04}: ")
        assert re.fullmatch(r"Decided 20\d\d-\d\d-\d\d\. (In force|Replaced by \d{4})\.", lines[2]), path.name
        assert len(lines) <= 37


def test_a_refresh_token_is_as_long_as_its_decision_says() -> None:
    token = mint(TokenKind.REFRESH, "0" * 22, bytes, family_key=b"k")
    assert f"Refresh tokens are {len(token.text)} characters" in read("docs/decisions/0001-refresh-token-family-tag.md")


@pytest.mark.row("DP-11")
def test_every_switch_has_its_row_and_its_times_are_the_programs() -> None:
    text = read("docs/operations.md")
    assert re.findall(r"^\| `(no_[a-z_]+|read_only)` \|", text, re.MULTILINE) == [*Switch]
    assert (READ_EVERY, KNOWN_FOR) == (30, 300)
    assert "in force within 30 seconds" in text
    assert "holds for five minutes" in flowing("docs/operations.md")


def test_the_sums_of_the_costs_are_right() -> None:
    section = read("docs/costs.md").partition("## A million tool calls")[2].partition("\n## ")[0]
    *parts, total = [float(value) for value in re.findall(r"(?:\*\*)?(\d+\.\d\d)(?:\*\*)? \|$", section, re.MULTILINE)]
    assert round(sum(parts), 2) == total
