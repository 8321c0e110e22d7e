"""The switches in SQLite: a row for each that is on."""

from collections.abc import Mapping

from mailconnect.store.sqlite.database import Database
from mailconnect.store.switches import Switch

_TURNED_ON = "SELECT name, since FROM switches"
_TURN_ON = "INSERT INTO switches (name, since) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"
_TURN_OFF = "DELETE FROM switches WHERE name = ?"


class SqliteSwitches:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def turned_on(self) -> Mapping[Switch, int]:
        return {Switch(name): since for name, since in self._database.read(_TURNED_ON, ()) if name in _NAMES}

    async def turn_on(self, switch: Switch, now: int) -> None:
        await self._database.write(_TURN_ON, (switch, now))

    async def turn_off(self, switch: Switch) -> None:
        await self._database.write(_TURN_OFF, (switch,))


_NAMES = frozenset(Switch)
