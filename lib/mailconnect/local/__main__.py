import os
import sys

from mailconnect.local.bridge import main

sys.exit(main(os.environ))
