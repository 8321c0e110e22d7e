"""The data file of hosted assistants: whole, with a source and a date, and the same networks as the setting."""

import tomllib
from datetime import date

from mailconnect.endpoints.limits.hosted_assistants import DATA, hosted_assistants, hosted_at
from mailconnect.settings import from_environment


def test_every_row_has_a_source_and_a_date() -> None:
    rows = tomllib.loads(DATA.read_text("utf-8"))["assistant"]
    for row in rows:
        assert row.keys() == {"name", "redirect_hosts", "networks", "why_empty", "source", "date"}
        assert bool(row["networks"]) != bool(row["why_empty"])
        assert row["source"]
        assert isinstance(row["date"], date)
        assert row["redirect_hosts"]
    assert len({row["name"] for row in rows}) == len(rows)


def test_the_published_networks_are_the_settings_default() -> None:
    published = {network for assistant in hosted_assistants() for network in assistant.networks}
    assert published == {*from_environment({}).shared_networks}


def test_a_client_belongs_to_an_assistant_by_all_of_its_addresses() -> None:
    claude = ["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"]
    assert hosted_at(claude) == "Claude"
    assert hosted_at([*claude, "https://poke.com/cb"]) is None
    assert hosted_at([*claude, "http://localhost/cb"]) is None
    assert hosted_at(["http://poke.com/cb"]) is None
    assert hosted_at(["https://poke.com.evil.example/cb"]) is None
    assert hosted_at([]) is None
