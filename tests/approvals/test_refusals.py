"""An owner reads why a message was not sent: for each cause a sentence for owners, none that is meant for a model."""

import pytest

from mailconnect.approvals.refusals import REFUSALS, TOO_MANY
from mailconnect.mail.draft.submission import RefusalReason
from mailconnect.sending.outcome import Obstacle

MEANT_FOR_A_MODEL = ("the person", "write_draft", "list_identities", "draftId", "sendAt")


def test_there_is_a_sentence_for_each_cause() -> None:
    assert REFUSALS.keys() == {*RefusalReason, *Obstacle}


@pytest.mark.parametrize("sentence", [*REFUSALS.values(), TOO_MANY])
def test_it_speaks_to_the_owner_and_says_that_nothing_was_sent(sentence: str) -> None:
    assert "Nothing was sent" in sentence
    assert not [word for word in MEANT_FOR_A_MODEL if word in sentence]
