"""Starts the bridge once for each line on standard input, a JSON object of settings, and tells how that ended.

Forked from a process that has imported everything, so that many starts take seconds. An answer is one line of JSON:
exit code, standard output, standard error.
"""

import json
import os
import sys
import tempfile
import traceback

from mailconnect.local.bridge import main


def start(settings: dict[str, str]) -> tuple[int, str, str]:
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        child = os.fork()
        if child == 0:
            os.dup2(output.fileno(), 1)
            os.dup2(errors.fileno(), 2)
            code = 1
            try:
                code = main(os.environ | settings)
            except BaseException:  # noqa: BLE001 - as Python itself would, then the child ends
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(child, 0)
        written = [stream.read() for stream in (output, errors) if not stream.seek(0)]
    return os.waitstatus_to_exitcode(status), written[0], written[1]


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(start(json.loads(line))), flush=True)
