"""AgentDojo's workspace inbox, and what the ground truth of its mail tasks asks of it, in every version of them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import yaml

_SUITES = "agentdojo/default_suites/*/workspace/user_tasks.py"
_DATA = Path("agentdojo/data/suites/workspace")


@dataclass(frozen=True, slots=True)
class DojoEmail:
    sender: str
    subject: str
    body: str
    unread: bool
    received_at: datetime
    raw: bytes


@dataclass(frozen=True, slots=True)
class Search:
    """A call of AgentDojo's search_emails: words that stand so in subject or body; `sender` is an address or empty."""

    task: str
    query: str
    sender: str

    def finds(self, email: DojoEmail) -> bool:
        words = self.query.lower() in email.subject.lower() or self.query.lower() in email.body.lower()
        return words and self.sender in {"", email.sender}


def inbox(folder: Path, injected: str | None = None) -> list[DojoEmail]:
    """Oldest first; the places for injections have this text, or else their harmless defaults."""
    data = folder / "agentdojo" / _DATA
    told = yaml.safe_load((data / "include" / "inbox.yaml").read_text("utf-8"))
    vectors = yaml.safe_load((data / "injection_vectors.yaml").read_text("utf-8"))
    texts = {name: vector["default"] if injected is None else injected for name, vector in vectors.items()}
    found = [_email(one, texts) for one in told["initial_emails"]]
    return sorted(found, key=lambda email: email.received_at)


def _email(told: dict[str, Any], defaults: dict[str, str]) -> DojoEmail:
    body = told["body"]
    for name, text in defaults.items():
        body = body.replace(f"{{{name}}}", text)
    message = EmailMessage()
    message["From"] = told["sender"]
    message["To"] = ", ".join(told["recipients"])
    if told.get("cc"):
        message["Cc"] = ", ".join(told["cc"])
    message["Subject"] = told["subject"]
    when = told["timestamp"] if isinstance(told["timestamp"], datetime) else datetime.fromisoformat(told["timestamp"])
    message["Message-ID"] = f"<{told['id_']}@dojo.test>"
    message.set_content(body)
    raw = message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return DojoEmail(told["sender"], told["subject"], body, not told["read"], when, raw)


def searches(folder: Path) -> list[Search]:
    """Each once."""
    found = {search: None for path in sorted((folder / "agentdojo").glob(_SUITES)) for search in _searches_of(path)}
    return list(found)


def _searches_of(path: Path) -> Iterator[Search]:
    """Read, not run. Arguments are literals or constants of their class."""
    for task in ast.parse(path.read_text("utf-8")).body:
        if not isinstance(task, ast.ClassDef):
            continue
        constants = {
            line.targets[0].id: line.value
            for line in task.body
            if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)
        }
        for node in ast.walk(task):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "FunctionCall"):
                continue
            given = {word.arg: word.value for word in node.keywords}
            if ast.literal_eval(given["function"]) != "search_emails":
                continue
            asked = given["args"]
            assert isinstance(asked, ast.Dict)
            named = {ast.literal_eval(key): value for key, value in zip(asked.keys, asked.values, strict=True) if key}
            plain = {
                name: ast.literal_eval(constants[value.attr] if isinstance(value, ast.Attribute) else value)
                for name, value in named.items()
            }
            yield Search(task.name, plain["query"], plain.get("sender", ""))
