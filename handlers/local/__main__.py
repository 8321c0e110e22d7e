import os
import sys

from handlers.local.bridge import main

sys.exit(main(os.environ))
