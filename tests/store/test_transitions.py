"""That the contract of grants leaves no transition out."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import mailconnect.grants
from mailconnect.grants.decision import Decision
from mailconnect.grants.update import Update
from tests.store import transitions


def rules() -> Iterator[str]:
    """The public functions of mailconnect.grants that ask a store for an update."""
    for module in pkgutil.walk_packages(mailconnect.grants.__path__, "mailconnect.grants."):
        for name, function in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
            returned = inspect.signature(function).return_annotation
            if not name.startswith("_") and returned in (Update, Update | None, Decision):
                yield name


def test_every_rule_that_changes_a_grant_is_among_the_transitions() -> None:
    names = set(rules())
    assert {"redeem", "rotate", "retire", "take_lease"} <= names
    assert names - set(vars(transitions)) == set()


def test_every_transition_has_a_name_of_its_own() -> None:
    names = [transition.name for transition in transitions.TRANSITIONS]
    assert len(set(names)) == len(names)
