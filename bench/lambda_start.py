"""`make bench-lambda`: the cold start of each function, compared with bare needs and FastMCP.

Each module is imported in fresh processes of one Python from the folders that `sam build` makes, as they are shipped:
with their bytecode, and nothing written beside it. The measured starts take turns, and the least of several counts. CPU
includes the interpreter's own start, wall time does not. Ratios are to an empty handler, to what any Python function of
this kind needs (boto3 with the clients of that entry point, Starlette, Mangum, pydantic), and to FastMCP with its
OAuthProxy. They do not apply to Lambda's own machines: these have other processors, and a snapshot (SnapStart) pays
none of these costs.
"""

import datetime as dt
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import environment

PROJECT = environment.PROJECT
RESULT = environment.HERE / "results" / "lambda.md"
TURNS = 9
ENTRY_POINTS = {
    "oauth": ("dynamodb", "lambda"),
    "web": ("dynamodb", "kms", "lambda"),
    "mcp": ("dynamodb", "lambda"),
    "operator": ("dynamodb", "kms", "lambda"),
    "sweep": ("dynamodb", "kms"),
}
BUDGET = {"oauth": (1.35, 1 / 3), "mcp": (1.35, 1 / 3)}
"""At most so much of the bare needs, and of FastMCP."""

VARIABLES = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "MAILCONNECT_ISSUER": "https://mail.example.com",
    "MAILCONNECT_PROVIDER": "fastmail",
    "API_ID": "a1b2c3d4e5",
    "SWEEP_FUNCTION": "sweep",
    "ATTACHMENTS_FUNCTION": "attachments",
    **{f"{name}_TABLE": name.lower() for name in ("CLIENTS", "GRANTS", "LEDGER", "SWITCHES", "AUDIT", "APPROVALS")},
    **{f"{name}_KEY": f"arn:aws:kms:eu-central-1:123456789012:key/{name}" for name in ("SEALING", "OWNER")},
}
MEASURED = """
import json, resource, sys, time
started = time.perf_counter()
{code}
cpu, wall = time.process_time(), time.perf_counter() - started  # the interpreter's own start is in the first
print(json.dumps([cpu * 1000, wall * 1000, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
BARE = """
import boto3, mangum, pydantic, starlette.applications, starlette.requests, starlette.responses, starlette.routing
for service in {clients}:
    boto3.client(service)
"""
FASTMCP = """
import sys
sys.argv = ["fastmcp_proxy.py", "0", "0", "memory", {folder!r}]
exec(open({path!r}).read().replace("import uvicorn", "").partition("uvicorn.run(")[0])
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of processor and of wall time, and megabytes at most."""

    cpu: float
    wall: float
    memory: float


@dataclass(frozen=True, slots=True)
class Start:
    """A module's code and the folders it is imported from; `isolated`, from no others."""

    code: str
    path: Sequence[Path] = ()
    isolated: bool = True

    def once(self, python: Path) -> Cost:
        variables = {"PATH": os.environ["PATH"], **VARIABLES, "PYTHONPATH": os.pathsep.join(map(str, self.path))}
        if self.isolated:
            variables["PYTHONDONTWRITEBYTECODE"] = "1"
        # -P: not from the current folder, which has modules of the same names.
        options = ["-P", "-S"] if self.isolated else ["-P"]
        command = [str(python), *options, "-c", MEASURED.replace("{code}", self.code)]
        told = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=60)
        if told.returncode:
            raise environment.Unavailable(f"it does not start: {told.stderr.strip().splitlines()[-1]}")
        return Cost(*json.loads(told.stdout.splitlines()[-1]))


def measure(python: Path, *starts: Start) -> list[Cost]:
    turns = [[start.once(python) for start in starts] for _ in range(TURNS + 1)]
    counted = turns[1:]  # the first one reads the files from the disk, and writes FastMCP's bytecode
    return [
        Cost(*(min(getattr(turn[number], name) for turn in counted) for name in ("cpu", "wall", "memory")))
        for number in range(len(starts))
    ]


def build(folder: Path, target: str, python: str) -> Path:
    made = folder / target
    made.mkdir()
    command = ["make", "-s", "-f", "infra/package/Makefile", f"build-{target}", f"ARTIFACTS_DIR={made}"]
    command += ["TARGET_PLATFORM=", f"TARGET_PYTHON={python}", f"COMPILER={sys.executable}"]
    subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    return made


def rows(folder: Path) -> tuple[list[tuple[str, Cost, Cost, Cost, Cost]], Cost]:
    """For each entry point: its own cost, an empty handler's, the bare needs' and FastMCP's. And `mcp` without
    bytecode.
    """
    python = environment.python()
    version = ".".join(map(str, sys.version_info[:2]))
    layer = build(folder, "Dependencies", version) / "python"
    empty = Start("def handler(event, context): return {}")
    code = FASTMCP.format(folder=str(folder), path=str(environment.HERE / "servers" / "fastmcp_proxy.py"))
    fastmcp = Start(code, isolated=False)
    found = []
    for entry_point, clients in ENTRY_POINTS.items():
        sys.stderr.write(f"{entry_point}\n")
        artifact = build(folder, f"{entry_point.capitalize()}Function", version)
        own = Start(f"import handlers.{entry_point}", [artifact, layer])
        bare = Start(BARE.format(clients=clients), [layer])
        of_own, of_empty, of_bare, of_fastmcp = measure(python, own, empty, bare, fastmcp)
        found.append((entry_point, of_own, of_empty, of_bare, of_fastmcp))
    for compiled in [*folder.rglob("__pycache__")]:
        shutil.rmtree(compiled)
    [uncompiled] = measure(python, Start("import handlers.mcp", [folder / "McpFunction", layer]))
    return found, uncompiled


def report(found: list[tuple[str, Cost, Cost, Cost, Cost]], uncompiled: Cost, day: str) -> str:
    lines = [
        "# Starting a function",
        "",
        f"Measured {day} with Python {platform.python_version()} on {platform.machine()}, {os.cpu_count()} processors,",
        f"by `make bench-lambda`: the least of {TURNS} fresh processes, as shipped. On AWS: Python 3.13, arm64.",
        "",
        "| Function | CPU ms | wall ms | peak MB | x empty | x bare needs | of FastMCP | budget |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for entry_point, own, empty, bare, fastmcp in found:
        to_bare, to_fastmcp = own.cpu / bare.cpu, own.cpu / fastmcp.cpu
        kept = ""
        if entry_point in BUDGET:
            most_bare, most_fastmcp = BUDGET[entry_point]
            kept = "kept" if to_bare <= most_bare and to_fastmcp <= most_fastmcp else "broken"
        lines.append(
            f"| `{entry_point}` | {own.cpu:.0f} | {own.wall:.0f} | {own.memory:.0f} | {own.cpu / empty.cpu:.0f} |"
            f" {to_bare:.2f} | {to_fastmcp:.2f} | {kept} |"
        )
    _, _, empty, bare, fastmcp = next(row for row in found if row[0] == "mcp")
    others = {
        "`mcp` without bytecode": uncompiled,
        "empty": empty,
        "bare needs of `mcp`": bare,
        "FastMCP with its OAuthProxy": fastmcp,
    }
    for name, cost in others.items():
        lines.append(f"| {name} | {cost.cpu:.0f} | {cost.wall:.0f} | {cost.memory:.0f} | | | | |")
    lines += [
        "",
        "The budget: `mcp` and `oauth` at most 1.35 times the bare needs, and at most a third of FastMCP.",
        "",
        "What each step asks of AWS is in [docs/costs.md](../../docs/costs.md), held by a test.",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    try:
        with tempfile.TemporaryDirectory() as folder:
            text = report(*rows(Path(folder)), dt.datetime.now(dt.UTC).date().isoformat())
    except environment.Unavailable as missing:
        sys.stderr.write(f"{missing}\n")
        return 2
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text, "utf-8")
    sys.stdout.write(text)
    return 1 if "broken" in text else 0


if __name__ == "__main__":
    sys.exit(main())
