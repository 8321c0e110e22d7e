import shutil
from pathlib import Path

import pytest

from mailconnect.cli.deploy import command
from mailconnect.cli.main import _parser
from tests.cli.deploy.played import REGION, Aws, Sam

PROJECT = Path(__file__).parents[3]


class Operator:
    """Types `mailconnect deploy ...` in a checkout. `answers` are the lines that are typed when asked, in order."""

    def __init__(self, aws: Aws, sam: Sam) -> None:
        self.aws, self.sam = aws, sam
        self.answers: list[str] = []
        self.asked: list[str] = []
        self.looked: list[tuple[str, str, str | None]] = []
        self.doctor = 0

    def deploy(self, *words: str, **environment: str) -> int:
        arguments = _parser().parse_args(["deploy", *words])
        return command.deploy(
            arguments, environment, lambda _: self.aws, self.sam, usual_region=REGION, pause=lambda _: None
        )

    def typed(self, question: str) -> str:
        self.asked.append(question)
        return self.answers.pop(0) if self.answers else ""

    async def examined(self, url: str, stack: str, region: str | None) -> int:
        self.looked.append((url, stack, region))
        return self.doctor


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    for name in ("template.yaml", "infra/state.yaml", "infra/observability.yaml", "docs/deployer-policy.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(PROJECT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    one = Operator(Aws(), Sam())
    monkeypatch.setattr("builtins.input", one.typed)
    monkeypatch.setattr("mailconnect.cli.doctor.examined", one.examined)
    return one
