"""The end of a server's process, whatever its threads still wait for."""

import logging
import os
import sys
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """To be called when all is stored and closed.

    Python's own end, and uvloop's, waits for threads, and a look-up of a name cannot be ended: one that nobody waits
    for any more would keep the process for as long as its resolver takes.
    """
    try:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:  # also where nobody reads any more what was written
        os._exit(code)
