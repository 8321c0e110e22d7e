"""docs/openapi.yaml, as far as it says what an answer may be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import yaml

FILE = Path(__file__).parents[1] / "docs" / "openapi.yaml"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
ANYWHERE = {404, 405, 414, 431}
"""The responses that the description's introduction promises for all addresses."""


@dataclass(frozen=True, slots=True)
class Description:
    document: Mapping[str, Any]

    @classmethod
    def read(cls) -> "Description":
        return cls(yaml.safe_load(FILE.read_text("utf-8")))

    def operations(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        for path, item in self.document["paths"].items():
            for method in item.keys() & METHODS:
                yield path, method.upper(), item[method]

    def statuses(self) -> set[tuple[str, str, int]]:
        return {(path, method, int(status)) for path, method, said in self.operations() for status in said["responses"]}

    def fault(self, path: str, method: str, status: int, headers: Mapping[str, str], value: Any) -> str | None:
        """A deviation from the description; None if there is none. `value` is the body, parsed if it is JSON."""
        said = self.document["paths"].get(path, {}).get("get" if method == "HEAD" else method.lower())
        if said is None or (status in ANYWHERE and str(status) not in said["responses"]):
            return None if status in ANYWHERE else f"{status} where only {ANYWHERE} can be"
        if str(status) not in said["responses"]:
            return f"{status} is not described"
        response = self._resolved(said["responses"][str(status)])
        missing = [name for name, header in response.get("headers", {}).items() if name.lower() not in headers]
        if missing:
            return f"{missing} is missing"
        if method == "HEAD":
            return None
        content = response.get("content")
        media_type = headers.get("content-type", "").partition(";")[0]
        if content is None or media_type not in content:
            return None if content is None and not value else f"{media_type or 'nothing'} instead of {content}"
        schema = {"components": self.document["components"]} | content[media_type]["schema"]
        found = next(jsonschema.Draft202012Validator(schema).iter_errors(value), None)
        return found.message if found else None

    def _resolved(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in value:
            found: Any = self.document
            for part in value["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            value = found
        return value
