"""Run by the environment that has sam: `python as_json.py TEMPLATE...` prints the templates as one JSON list."""

import json
import sys
from pathlib import Path

from samcli.yamlhelper import yaml_parse

json.dump([yaml_parse(Path(name).read_text()) for name in sys.argv[1:]], sys.stdout, default=str)
