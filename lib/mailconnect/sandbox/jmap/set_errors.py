"""Why one object of a /set was not created, updated or destroyed (RFC 8620 §5.3, RFC 8621 §4.6)."""

from typing import Any


class SetError(Exception):
    """code: the SetError's type on the wire; members: what the type adds, such as properties or notFound."""

    def __init__(self, code: str, description: str, **members: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.members = members

    def document(self) -> dict[str, Any]:
        return {"type": self.code, "description": self.description, **self.members}


def invalid(description: str, *properties: str) -> SetError:
    return SetError("invalidProperties", description, properties=list(properties))


def not_found() -> SetError:
    return SetError("notFound", "there is no such object")
