"""Mutation testing of the modules that pyproject.toml names (`make mutation`): nothing survives unexplained.

    python -m tests.mutation.run [part of a module's path ...]

mutmut works on a copy in `.mutation`. Exit status 1 where a mutant survives that survivors.toml does not explain, or
one is explained that dies.
"""

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPY = ROOT / ".mutation"
MUTMUT = [str(Path(sys.executable).with_name("mutmut"))]
# As mutmut writes them down: none of its tests failed, it has no test, it ended in no way that a test should end.
ALIVE = {0, 5, 33, 34, 35}

Change = tuple[str, str, str]
"""The module, a line of it, and what mutmut made of that line."""


def explained() -> dict[Change, str]:
    entries = tomllib.loads((Path(__file__).parent / "survivors.toml").read_text("utf-8"))["survivor"]
    return {(entry["module"], entry["was"], made): entry["why"] for entry in entries for made in entry["becomes"]}


def modules(wanted: list[str]) -> list[str]:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mutmut"]["only_mutate"]
    found = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "lib").rglob("*.py"))
    return [
        path
        for path in found
        if any(fnmatch(path, pattern) for pattern in patterns) and (not wanted or any(part in path for part in wanted))
    ]


def copy() -> None:
    """Of the files that git knows or would take; nothing of an earlier run is believed."""
    shutil.rmtree(COPY, ignore_errors=True)
    told = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in told.stdout.splitlines():
        if (ROOT / name).is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, COPY / name)


def survivors(module: str) -> Iterator[Change]:
    found = json.loads((COPY / "mutants" / f"{module}.meta").read_text())["exit_code_by_key"]
    for name, status in found.items():
        if status in ALIVE or status is None:
            shown = subprocess.run([*MUTMUT, "show", name], cwd=COPY, capture_output=True, text=True, check=True).stdout
            lines = [line for line in shown.splitlines() if not line.startswith(("---", "+++"))]
            was = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
            yield module, was, " ".join(line[1:].strip() for line in lines if line.startswith("+"))


def main(wanted: list[str]) -> int:
    copy()
    known, unexplained, explained_in_vain = explained(), 0, 0
    for module in modules(wanted):
        pattern = f"{module.removesuffix('.py').replace('/', '.')}.*"
        ended = subprocess.run(
            [*MUTMUT, "run", "--max-children", "1", pattern], cwd=COPY, capture_output=True, text=True, check=False
        )
        meta = COPY / "mutants" / f"{module}.meta"
        if not meta.exists():
            print(f"{module}: mutmut failed\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}")
            return 1
        tried = len(json.loads(meta.read_text())["exit_code_by_key"])
        alive = set(survivors(module))
        unknown = alive - known.keys()
        in_vain = {change for change in known if change[0] == module} - alive
        print(f"{module}: {tried} mutants, {len(alive)} survive, {len(unknown)} of them unexplained", flush=True)
        for _, was, becomes in sorted(unknown):
            print(f"    was      {was}\n    becomes  {becomes}")
        for _, was, becomes in sorted(in_vain):
            print(f"    explained in vain: {was}\n                       {becomes}")
        unexplained += len(unknown)
        explained_in_vain += len(in_vain)
    return 1 if unexplained or explained_in_vain else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
