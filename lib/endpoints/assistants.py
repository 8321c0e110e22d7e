from typing import Any

ASSISTANTS: tuple[Any, ...] = ()
