"""`make bench-profile`: a flame graph of tools/call in bench/results, and where its time goes by file."""

import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from bench import environment
from bench.contenders import bridge, stub
from bench.load import CALL, connected, keep_tokens, post
from bench.rounds import CONNECTIONS

_SECONDS = 8
_ROOM = re.compile(r"\b(?:lib/mailconnect/\w+(?:/\w+)?|handlers/\w+|starlette|uvicorn|aiohttp|asyncio)\b")


def main() -> None:
    environment.wrk()
    spy = environment.python().with_name("py-spy")
    raw = environment.HERE / "results" / "tools-call.stacks"
    with tempfile.TemporaryDirectory() as folder, stub() as stub_port, bridge(stub_port, Path(folder)) as server:
        tokens = keep_tokens(connected(server, CONNECTIONS), Path(folder))
        options = ["--pid", str(server.pid), "--rate", "500", "--duration", str(_SECONDS), "--nonblocking"]
        graph = str(environment.HERE / "results" / "tools-call.svg")
        watching = [
            subprocess.Popen([spy, "record", *options, "--format", form, "--output", to], stdout=subprocess.DEVNULL)
            for form, to in (("flamegraph", graph), ("raw", str(raw)))
        ]
        post(server, "/mcp", CALL, tokens, connections=CONNECTIONS, seconds=_SECONDS + 2, refused=False)
        for one in watching:
            one.wait(timeout=30)
    drawn = Path(graph).read_text()
    Path(graph).write_text(re.sub(r'(id="title"[^>]*>)[^<]*', r"\1A tool call of mailconnect, by time", drawn))
    sys.stdout.write(_shares(raw.read_text().splitlines()))
    raw.unlink()


def _shares(stacks: list[str]) -> str:
    """By the file whose line was running: a library's work counts for the library, not for its caller."""
    own: Counter[str] = Counter()
    for stack in stacks:
        frames, _, count = stack.rpartition(" ")
        room = _ROOM.search(frames.rpartition(";")[2])
        own[room[0] if room else "the rest"] += int(count)
    whole = own.total()
    return "".join(f"{count / whole:6.1%}  {room}\n" for room, count in own.most_common())


if __name__ == "__main__":
    main()
