"""`python -m mailconnect`: the same as the command `mailconnect`, with its exit code."""

import sys

from mailconnect.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
