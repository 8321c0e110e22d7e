"""Mutation testing of the modules that rooms.toml names (`make mutation`): nothing survives unexplained.

    python -m tests.mutation.run [part of a module's path ...]

mutmut works on a copy in `.mutation`. Exit status 1 where a mutant survives that survivors.toml does not explain, or
one is explained that dies. What rooms.toml calls not proven has not come to a clean end yet, and is mutated only when
it is named.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant

from tests.mutation.explained import Change, Room, explanations, rooms

ROOT = Path(__file__).parents[2]
COPY = ROOT / ".mutation"
MUTMUT = str(Path(sys.executable).with_name("mutmut"))
CHILDREN = os.environ.get("MUTATION_CHILDREN", str(os.cpu_count() or 1))
# As mutmut writes them down: none of its tests failed, it has no test, it ended in no way that a test should end.
ALIVE = {0, 5, 33, 34, 35, None}
TIMED_OUT = {36, 24, -24, 152, 255}
OPTIONS = {
    "source_paths": ["src"],
    "also_copy": ["handlers", "docs", "PRIVACY.md"],
    "pytest_add_cli_args": [
        *(f"-p{plugin}" for plugin in ("tests.mutation.afresh", "no:cacheprovider", "no:xdist")),
        "--hypothesis-profile=few and unshrunk",
    ],
    # An error's words are for people; its class is what decides.
    "do_not_mutate_patterns": [r'raise [\w.]+\("[^"{]*"\)( from None)?$'],
    "use_git_change_detection": False,
    "timeout_constant": 3.0,  # times 15: on a busy machine too, only what never ends is ended
}


# mutmut knows that ./, src/ and source/ hold packages, and takes any other folder for one: in the copy lib/ is src/.
OURS, MUTMUTS = "lib/", "src/"


def in_copy(path: str) -> str:
    return MUTMUTS + path.removeprefix(OURS) if path.startswith(OURS) else path


@dataclass(frozen=True)
class Outcome:
    module: str
    tried: int
    timed_out: int
    alive: frozenset[Change]


def copy(room: Room, modules: list[str]) -> Path:
    """Of the files that git knows or would take; nothing of an earlier run is believed."""
    place = COPY / Path(modules[0]).stem
    shutil.rmtree(place, ignore_errors=True)
    listing = ["git", "ls-files", "-co", "--exclude-standard"]
    for name in subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
        if (ROOT / name).is_file():
            (place / in_copy(name)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, place / in_copy(name))
    tests = [*room.tests, *(f"--ignore={path}" for path in room.without)]
    options = OPTIONS | {"only_mutate": [*map(in_copy, modules)], "pytest_add_cli_args_test_selection": tests}
    project = (place / "pyproject.toml").read_text("utf-8")
    (place / "pyproject.toml").write_text(
        project.replace('pythonpath = ["lib", "."]', 'pythonpath = ["src", "."]'), "utf-8"
    )
    with (place / "pyproject.toml").open("a") as config:  # JSON's lists, texts and truths are TOML's too
        config.write("\n[tool.mutmut]\n" + "".join(f"{name} = {json.dumps(set_)}\n" for name, set_ in options.items()))
    return place


def change(module: str, mutant: str) -> Change:
    lines = get_diff_for_mutant(mutant, path=in_copy(module)).splitlines()[2:]
    was, becomes = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return Change(module, was, becomes)


def only_rewords(change: Change) -> bool:
    """A sentence that a person reads: that there is one, tests do hold; its words are not for them to repeat."""
    return any(
        change.becomes == change.was.replace(sentence, other, 1)
        for sentence in re.findall(r'(?<=")[A-Z][^"{]* [^"{]*(?=")', change.was)
        for other in (f"XX{sentence}XX", sentence.lower(), sentence.upper())
    )


def tried(room: Room, modules: list[str]) -> Iterator[Outcome]:
    place = copy(room, modules)
    patterns = [f"{module.removeprefix(OURS).removesuffix('.py').replace('/', '.')}.*" for module in modules]
    command = [MUTMUT, "run", "--max-children", CHILDREN, *patterns]
    ended = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if "Mutant results" not in ended.stdout:
        raise SystemExit(f"mutmut failed\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}")
    for module in modules:
        meta = place / "mutants" / f"{in_copy(module)}.meta"
        exits = json.loads(meta.read_text())["exit_code_by_key"] if meta.exists() else {}
        with chdir(place):
            alive = [change(module, mutant) for mutant, status in exits.items() if status in ALIVE]
        counted = frozenset(each for each in alive if not only_rewords(each))
        reworded = sum(map(only_rewords, alive))
        yield Outcome(module, len(exits) - reworded, sum(map(TIMED_OUT.__contains__, exits.values())), counted)


def told(outcome: Outcome, explained: frozenset[Change]) -> bool:
    """Whether all of it is as survivors.toml says."""
    unknown = outcome.alive - explained
    in_vain = {change for change in explained if change.module == outcome.module} - outcome.alive
    killed = outcome.tried - len(outcome.alive)
    print(
        f"{outcome.module}: {outcome.tried} mutants, {killed} killed ({outcome.timed_out} by time), "
        f"{len(outcome.alive) - len(unknown)} explained, {len(unknown)} unexplained",
        flush=True,
    )
    for each in sorted(unknown):
        print(f"    survives\n        was      {each.was}\n        becomes  {each.becomes}")
    for each in sorted(in_vain):
        print(f"    explained in vain\n        was      {each.was}\n        becomes  {each.becomes}")
    return not unknown and not in_vain


def main(wanted: list[str]) -> int:
    explained = frozenset(change for entry in explanations() for change in entry.changes)
    as_said = True
    for room in rooms():
        everything = not wanted and room.proven
        modules = [path for path in room.modules if everything or any(part in path for part in wanted)]
        for outcome in tried(room, modules) if modules else ():
            as_said = told(outcome, explained) and as_said
    mutated = {module for room in rooms() for module in room.modules}
    for gone in sorted({each.module for each in explained} - mutated):
        print(f"{gone}: explained in vain, it is not mutated")
        as_said = False
    return 0 if as_said else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
