from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from mailconnect.store.dynamodb.client_config import dynamodb_config
from tests.aws.scripted import Answer, Scripted, scripted


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Scripted]]:
    """A DynamoDB that gives these answers, set as in production."""
    with ExitStack() as stack:

        def made(*answers: Answer) -> Scripted:
            return stack.enter_context(scripted("dynamodb", dynamodb_config(), monkeypatch, *answers))

        yield made
