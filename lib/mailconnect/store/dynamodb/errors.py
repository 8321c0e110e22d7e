"""Translates botocore's exceptions into the store's errors, so that none of them leaves an adapter.

Exception
├── ConditionFailed        the service looked, and a condition did not hold
└── StoreUnavailable       not carried out, or not known: refused, throttled, never sent
    └── AnswerLost         the request was sent, and may have been carried out: no response, or a 5xx (F-17)
"""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError  # type: ignore[import-untyped]

from mailconnect.store.dynamodb.conversion import Item
from mailconnect.store.errors import StoreUnavailable


class AnswerLost(StoreUnavailable):
    """Whether it was carried out can be found out by reading."""


class ConditionFailed(Exception):
    """`item` is what is there, if anything is; `repeated`, that botocore had sent the same request before."""

    def __init__(self, item: Item | None, *, repeated: bool) -> None:
        super().__init__()
        self.item = item
        self.repeated = repeated


def ask(call: Callable[..., dict[str, Any]], **parameters: Any) -> dict[str, Any]:
    """The response to one call of botocore's client. Raises ConditionFailed, StoreUnavailable."""
    try:
        return call(**parameters)
    except ClientError as error:
        raise _refusal(error) from None
    except BotoCoreError as error:
        lost = isinstance(error, HTTPClientError)  # The others, of a connection or of credentials, come before sending.
        raise (AnswerLost if lost else StoreUnavailable)(f"DynamoDB: {type(error).__name__}") from None
    except Exception as error:  # noqa: BLE001 - whatever botocore's parser makes of a malformed answer
        raise AnswerLost(f"DynamoDB: {type(error).__name__}") from None


def _refusal(error: ClientError) -> Exception:
    """Without botocore's own words, which may quote what was sent."""
    code = error.response.get("Error", {}).get("Code", "")
    about = error.response.get("ResponseMetadata", {})
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(error.response.get("Item"), repeated=about.get("RetryAttempts", 0) > 0)
    lost = about.get("HTTPStatusCode", 500) >= 500  # DynamoDB: "the operation may have succeeded"
    return (AnswerLost if lost else StoreUnavailable)(f"DynamoDB: {code}")
