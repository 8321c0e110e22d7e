"""Which recipients the owner does not know, and why a message leaves at once."""

import pytest

from mailconnect.grants.sending import SendingPolicy
from mailconnect.mail.acquaintance import Acquaintance
from mailconnect.sending.outcome import By
from mailconnect.sending.policy import at_once, untrusted

KNOWN = Acquaintance(you_wrote=True)


@pytest.mark.parametrize("about", [KNOWN, Acquaintance(in_contacts=True), Acquaintance(is_own=True)])
def test_the_owner_trusts_whom_they_wrote_to_keep_in_the_contacts_or_are(about: Acquaintance) -> None:
    assert untrusted(["ann@example.org"], {"ann@example.org": about}) == []


@pytest.mark.parametrize("acquaintances", [{}, {"ann@example.org": Acquaintance(they_wrote=True)}])
def test_an_address_is_unknown_when_nothing_was_sent_to_it_though_it_wrote(
    acquaintances: dict[str, Acquaintance],
) -> None:
    assert untrusted(["ann@example.org"], acquaintances) == ["ann@example.org"]


def test_a_known_address_is_known_in_any_case_and_an_unknown_one_is_named_as_the_draft_names_it() -> None:
    found = {"ann@example.org": KNOWN}
    assert untrusted(["Ann@Example.ORG", "Mallory@Elsewhere.test"], found) == ["Mallory@Elsewhere.test"]


@pytest.mark.parametrize(
    ("policy", "strangers", "word"),
    [
        (SendingPolicy.APPROVE, [], None),
        (SendingPolicy.APPROVE, ["mallory@elsewhere.test"], None),
        (SendingPolicy.KNOWN, [], By.KNOWN),
        (SendingPolicy.KNOWN, ["mallory@elsewhere.test"], None),
        (SendingPolicy.FREE, [], By.FREE),
        (SendingPolicy.FREE, ["mallory@elsewhere.test"], By.FREE),
    ],
)
def test_a_message_leaves_at_once_only_where_the_owner_chose_so(
    policy: SendingPolicy, strangers: list[str], word: By | None
) -> None:
    assert at_once(policy, strangers) is word
