"""`python -m bench.tasks`: an owner's tasks at each server on the same mailbox, printed and kept in bench/results."""

import argparse
import sys
import time

from bench.tasks import report
from bench.tasks.measure import ROUNDS, measured
from bench.tasks.servers import codefuturist_email_mcp, courier, mailconnect, mcp_email_server, mcp_mail_server
from bench.tasks.targets import targets
from bench.tasks.tasks import TASKS
from tests.peers.cache import PeerUnavailableError
from tests.peers.cyrus.packages import CyrusUnavailableError

PEERS = (mailconnect.PEER, courier.PEER, mcp_email_server.PEER, codefuturist_email_mcp.PEER, mcp_mail_server.PEER)


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.tasks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each task that reads; the median counts")
    parser.add_argument("--only", nargs="*", help="names of servers")
    parser.add_argument("--tasks", nargs="*", default=[task.key for task in TASKS])
    chosen = parser.parse_args()
    peers = [peer for peer in PEERS if not chosen.only or peer.name in chosen.only]
    began = time.monotonic()
    try:
        rows = []
        for row in measured(peers, chosen.tasks, chosen.rounds):
            rows.append(row)
            sys.stderr.write(f"{row.peer.name}: {row.failure or 'done'}, {time.monotonic() - began:.0f} s\n")
        text = report.text(rows, targets(rows, chosen.rounds))
    except (CyrusUnavailableError, PeerUnavailableError) as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    sys.stdout.write(text)
    if not chosen.only and len(chosen.tasks) == len(TASKS):
        report.write(rows, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
