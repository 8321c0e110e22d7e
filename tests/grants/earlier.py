"""Grants as an earlier release wrote them, with the tokens that it gave out. Times are those of scenario.py."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.tokens.token import Token, TokenKind, parse

_WRITTEN = Path(__file__).with_name("written_by_a83167f.json")
NAMES = ("authorized", "active", "rotated", "narrowed")


@dataclass(frozen=True, slots=True)
class Earlier:
    grant: Grant
    code: Token
    access: list[Token]
    refresh: list[Token]

    @classmethod
    def written(cls, name: str) -> "Earlier":
        document = json.loads(_WRITTEN.read_text())[name]
        values: dict[str, Any] = {
            field: base64.b64decode(value["base64"]) if isinstance(value, dict) else value
            for field, value in document["grant"].items()
        }
        return cls(
            Grant(**values | {"state": GrantState(values["state"])}),
            parse(document["code"], TokenKind.CODE),
            [parse(pair["access"], TokenKind.ACCESS) for pair in document["pairs"]],
            [parse(pair["refresh"], TokenKind.REFRESH) for pair in document["pairs"]],
        )
