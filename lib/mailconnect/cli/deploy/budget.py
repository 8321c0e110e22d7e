"""The account's monthly budget, made after the deployment: its resource type is unknown in many regions, and an
organization may refuse budgets to its member accounts.
"""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]


def make(budgets: Any, account: str, name: str, amount: str, email: str) -> str | None:
    """A sentence where there is none now though one was asked for: nothing else depends on it."""
    if not email or float(amount) <= 0:
        return None
    budget = {
        "BudgetName": name,
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": amount, "Unit": "USD"},
    }
    try:
        try:
            budgets.create_budget(AccountId=account, Budget=budget, NotificationsWithSubscribers=_notifications(email))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "DuplicateRecordException":
                raise
            _change(budgets, account, budget, email)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        return (
            f"There is no budget: AWS Budgets refused it ({code}). In a member account of an organization, ask for "
            "one in the management account. All else is as it should be"
        )
    except BotoCoreError as error:
        return f"There is no budget: AWS Budgets could not be asked ({type(error).__name__}). Deploy again for it"
    return None


def _change(budgets: Any, account: str, budget: dict[str, Any], email: str) -> None:
    """Its amount, and whom it writes to."""
    budgets.update_budget(AccountId=account, NewBudget=budget)
    name = budget["BudgetName"]
    for wanted in _notifications(email):
        which = {"AccountId": account, "BudgetName": name, "Notification": wanted["Notification"]}
        told = budgets.describe_subscribers_for_notification(**which)["Subscribers"]
        if told != wanted["Subscribers"]:
            for new, old in zip(wanted["Subscribers"], told, strict=False):
                budgets.update_subscriber(**which, OldSubscriber=old, NewSubscriber=new)


def _notifications(email: str) -> list[dict[str, Any]]:
    return [
        {
            "Notification": {
                "NotificationType": kind,
                "ComparisonOperator": "GREATER_THAN",
                "Threshold": percent,
                "ThresholdType": "PERCENTAGE",
            },
            "Subscribers": [{"SubscriptionType": "EMAIL", "Address": email}],
        }
        for kind, percent in (("ACTUAL", 80.0), ("FORECASTED", 100.0))
    ]
