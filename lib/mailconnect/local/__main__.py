"""`python -m mailconnect.local`: the bridge on one machine, as `mailconnect serve` starts it."""

import os
import sys

from mailconnect.local.bridge import main

if __name__ == "__main__":
    sys.exit(main(os.environ))
