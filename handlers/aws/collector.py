"""Python's collector of cycles stands still while an entry point is imported. Each entry point imports this first.

What modules and the composition make at import is kept. The collector found nothing there, and took a tenth of the CPU
time of a start.
"""

import gc

gc.disable()


def resume() -> None:
    """An entry point's last line: from here on cycles are collected, but never among the objects of the start."""
    gc.freeze()
    gc.enable()
