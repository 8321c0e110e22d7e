"""SANDBOX_PERSONA: another kind of mail server, by name."""

import pytest

from mailconnect.sandbox.persona import personas
from mailconnect.sandbox.settings import SettingsError, persona_of


def test_a_persona_is_chosen_by_its_name() -> None:
    for name, persona in personas().items():
        assert persona_of({"SANDBOX_PERSONA": name}) is persona
    assert persona_of({}) is persona_of({"SANDBOX_PERSONA": ""}) is None


def test_an_unknown_persona_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(SettingsError, match="cyrus, fastmail, james, jmapio, stalwart, twake"):
        persona_of({"SANDBOX_PERSONA": "exchange"})
