"""`Update` and its conditions as DynamoDB's expressions (DynamoDB developer guide, "Using expressions")."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mailconnect.grants.update import Absent, After, Condition, Equals, NotAfter, OneOf, Update, Value
from mailconnect.store.dynamodb.conversion import Item, attribute


@dataclass(frozen=True, slots=True)
class Terms:
    """The names and values of one request's expressions. Each name has a placeholder: `state`, `owner`, `key` are
    reserved.
    """

    names: dict[str, str] = field(default_factory=dict)
    values: Item = field(default_factory=dict, repr=False)

    def name(self, of: str) -> str:
        self.names[f"#{of}"] = of
        return f"#{of}"

    def value(self, value: Value) -> str:
        placeholder = f":{len(self.values)}"
        self.values[placeholder] = attribute(value)
        return placeholder

    def all_of(self, conditions: Iterable[Condition]) -> str:
        return " AND ".join(map(self._condition, conditions))

    def _condition(self, condition: Condition) -> str:
        name = self.name(condition.attribute)
        match condition:
            case Equals(_, value):
                return f"{name} = {self.value(value)}"
            case Absent():
                return f"attribute_not_exists({name})"
            case OneOf(_, values):
                return f"{name} IN ({', '.join(map(self.value, values))})"
            case After(_, time):
                return f"{name} > {self.value(time)}"
            case NotAfter(_, time):
                return f"(attribute_not_exists({name}) OR {name} <= {self.value(time)})"

    def parameters(self) -> dict[str, Any]:
        given = {"ExpressionAttributeNames": self.names, "ExpressionAttributeValues": self.values}
        return {name: terms for name, terms in given.items() if terms}  # DynamoDB refuses an empty one.


def condition_parameters(conditions: Iterable[Condition]) -> dict[str, Any]:
    """For PutItem and DeleteItem; there is at least one condition."""
    terms = Terms()
    return {"ConditionExpression": terms.all_of(conditions)} | terms.parameters()


def update_parameters(key: str, update: Update) -> dict[str, Any]:
    """For UpdateItem. An update makes no item of nothing: `key`, the name of the table's key, must be there.

    `update` sets something at least.
    """
    terms = Terms()
    changes = "SET " + ", ".join(f"{terms.name(name)} = {terms.value(value)}" for name, value in update.set.items())
    if update.remove:
        changes += " REMOVE " + ", ".join(map(terms.name, sorted(update.remove)))
    conditions = [f"attribute_exists({terms.name(key)})"]
    if update.conditions:
        conditions.append(terms.all_of(update.conditions))
    expressions = {"UpdateExpression": changes, "ConditionExpression": " AND ".join(conditions)}
    return expressions | terms.parameters()
