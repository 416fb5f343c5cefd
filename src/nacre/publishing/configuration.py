"""What is set for an app: secrets, which are never shown again, and plain variables."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, insert, select

from nacre.core.clock import Clock
from nacre.core.errors import Conflict, InvalidInput, NotFound
from nacre.core.operations import Answer
from nacre.core.principals import Principal
from nacre.core.secrets import SecretBox
from nacre.core.store.store import Store
from nacre.publishing import tables
from nacre.publishing.apps import App

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_OURS = ("PORT", "DATABASE_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE")
_LARGEST_BYTES = 64 << 10
_MOST = 200


class Secret(Answer):
    """A secret as it is listed: never its value."""

    name: str
    set_by: str
    set_at: datetime


class Variable(Answer):
    name: str
    value: str
    set_by: str
    set_at: datetime


class Configuration:
    def __init__(self, store: Store, box: SecretBox, clock: Clock) -> None:
        self._store = store
        self._box = box
        self._clock = clock

    def secrets(self, app: App) -> list[Secret]:
        return [Secret(name=row["name"], set_by=row["set_by"], set_at=row["set_at"])
                for row in self._rows(tables.secrets, app)]  # fmt: skip

    def variables(self, app: App) -> list[Variable]:
        return [Variable.model_validate(row) for row in self._rows(tables.variables, app)]

    def set_secret(self, app: App, name: str, value: str, who: Principal) -> None:
        """Raises InvalidInput "bad-variable"."""
        _check(name, value)
        self._put(tables.secrets, app, name, who, sealed=self._box.seal(value, _purpose(app, name)))

    def set_variable(self, app: App, name: str, value: str, who: Principal) -> None:
        """Raises InvalidInput "bad-variable"; Conflict "is-a-secret": fewer people may unset one than set this."""
        _check(name, value)
        if any(row["name"] == name for row in self._rows(tables.secrets, app)):
            raise Conflict(
                "is-a-secret",
                f"“{name}” is a secret of “{app.slug}”, whose value would be lost.",
                hint=f"Unset the secret first, or choose another name: `nacre app secret unset {app.slug} {name}`.",
            )
        self._put(tables.variables, app, name, who, value=value)

    def unset_secret(self, app: App, name: str) -> None:
        """Raises NotFound "variable-not-found"."""
        self._strike(tables.secrets, app, name, f"nacre app secret list {app.slug}")

    def unset_variable(self, app: App, name: str) -> None:
        """Raises NotFound "variable-not-found"."""
        self._strike(tables.variables, app, name, f"nacre app env list {app.slug}")

    def snapshot(self, app: App) -> str:
        """All that is set now, sealed: what a release goes on with, whatever is changed later."""
        found = {row["name"]: row["value"] for row in self._rows(tables.variables, app)}
        for row in self._rows(tables.secrets, app):
            found[row["name"]] = self._box.open(row["sealed"], _purpose(app, row["name"]))
        return self._box.seal(json.dumps(found, sort_keys=True), _whole(app))

    def opened(self, app: App, snapshot: str) -> Mapping[str, str]:
        """What a snapshot holds."""
        values: dict[str, str] = json.loads(self._box.open(snapshot, _whole(app)))
        return values

    def _rows(self, table: Table, app: App) -> list[dict[str, Any]]:
        query = select(table).where(table.c.app_id == app.id).order_by(table.c.name)
        with self._store.read() as connection:
            return [dict(row._mapping) for row in connection.execute(query)]

    def _put(self, table: Table, app: App, name: str, who: Principal, **value: str) -> None:
        """A name is a secret or a variable: a variable that it was before goes."""
        if len(self._rows(table, app)) >= _MOST:
            raise InvalidInput("bad-variable", f"“{app.slug}” has {_MOST} of them already.", hint="Unset some first.")
        with self._store.write() as connection:
            for each in (tables.secrets, tables.variables):
                connection.execute(delete(each).where(each.c.app_id == app.id, each.c.name == name))
            connection.execute(
                insert(table).values(app_id=app.id, name=name, set_by=str(who), set_at=self._clock(), **value)
            )

    def _strike(self, table: Table, app: App, name: str, listing: str) -> None:
        with self._store.write() as connection:
            gone = connection.execute(
                delete(table).where(table.c.app_id == app.id, table.c.name == name).returning(table.c.id)
            ).first()
        if gone is None:
            raise NotFound(
                "variable-not-found", f"Nothing of this kind is set as “{name}”.", hint=f"`{listing}` shows what is."
            )


def _check(name: str, value: str) -> None:
    if not _NAME.fullmatch(name):
        raise _bad(f"“{name}” cannot name a variable: letters, digits and _ only, no digit first")
    if name in _OURS or name.startswith("NACRE_"):
        raise _bad(f"“{name}” is set by Nacre itself")
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise _bad(f"“{name}” holds a zero byte or half a character")
    if len(value.encode()) > _LARGEST_BYTES:
        raise _bad(f"“{name}” would hold more than {_LARGEST_BYTES} bytes")


def _bad(why: str) -> InvalidInput:
    return InvalidInput("bad-variable", f"This cannot be set: {why}.", hint="Nothing was changed.")


def _purpose(app: App, name: str) -> str:
    return f"secret {name} of app {app.id}"


def _whole(app: App) -> str:
    return f"environment of app {app.id}"
