"""`make bench`: the comparison, then growth; prints the report and keeps it in bench/results."""

import argparse
import datetime as dt
import sys

from bench import environment, growth, report, rounds


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="times that every contender has its turn")
    parser.add_argument("--seconds", type=int, default=2, help="of each load")
    parser.add_argument("--most", type=int, default=growth.SIZES[-1], help="grants in the largest store; 0: no growth")
    asked = parser.parse_args()
    try:
        environment.wrk(), environment.python(), environment.workerd()
    except environment.Unavailable as missing:
        sys.stderr.write(f"{missing}\n")
        return 2
    comparison, memory = rounds.compare(asked.rounds, asked.seconds, _say)
    _say("several workers")
    workers = rounds.by_workers(asked.seconds)
    today = dt.datetime.now(dt.UTC).date().isoformat()
    report.write(
        comparison, memory, workers, [], today
    )  # growth takes long: a failure there must not lose these figures
    sizes = tuple(size for size in growth.SIZES if size <= asked.most)
    grown = growth.grow(sizes, min(asked.rounds, 3), asked.seconds, _say) if sizes else []
    sys.stdout.write(report.write(comparison, memory, workers, grown, today))
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
