"""Each of the 18 findings about the pages, in order of harm, has a browser test that names it."""

import re
from pathlib import Path

BROWSER = Path(__file__).parent / "browser"
NAMED = re.compile(r'"""Findings? ([\d, and]+)')


def test_each_finding_is_named_by_a_browser_test() -> None:
    texts = [path.read_text("utf-8") for path in BROWSER.glob("test_*.py")]
    named = {int(number) for text in texts for found in NAMED.findall(text) for number in re.findall(r"\d+", found)}
    assert named >= set(range(1, 19)), sorted(set(range(1, 19)) - named)
