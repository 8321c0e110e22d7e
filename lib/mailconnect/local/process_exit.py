"""Ends a server's process without waiting for its threads."""

import logging
import os
import sys
from typing import NoReturn


def exit_process(code: int) -> NoReturn:
    """Call it when everything is stored and closed.

    Python and uvloop wait for threads at the end of a process. A thread that looks up a name cannot be stopped: it
    would keep the process until its resolver gives up.
    """
    try:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:  # also where the reader of the output is gone
        os._exit(code)
