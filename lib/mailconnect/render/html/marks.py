"""Noncharacters (Unicode §23.7) that carry positions through the conversion of HTML.

`characters.clean` takes them out of text from outside.
"""

BREAK = "\ufdd1"  # a line ends here unless nothing is on it
CELL = "\ufdd2"  # between two cells of a row
LINK = "\ufdd3"  # a link's text begins
LINK_END = "\ufdd4"  # it ends; the link's index follows in decimal digits, then LINK_DONE
LINK_DONE = "\ufdd5"
TEXT = "\ufdd6"  # what follows is text, even where it looks like Markdown
SPACE = "\ufdd7"  # a space that stays
SIGNATURE = "\ufdd8"  # a line of its own: a signature begins
