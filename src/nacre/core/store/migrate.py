"""Brings a database's schema to this program's version with Alembic's scripts in migrations/versions."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from nacre.core.errors import Conflict

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Upgrade to the newest revision; refuses a database written by a newer Nacre (Conflict "newer-database")."""
    if is_behind(engine):
        _upgrade(engine)


def is_behind(engine: Engine) -> bool:
    """Whether there is something to upgrade. Raises Conflict "newer-database"."""
    known = sorted(path.stem.split("_")[0] for path in (_SCRIPTS / "versions").glob("[0-9]*.py"))
    present = _revision(engine)
    if present is not None and present not in known:
        raise Conflict(
            "newer-database",
            f"The control-plane database is at revision {present}, which this Nacre does not know.",
            hint="Start it with the newer Nacre that wrote it.",
        )
    return present != known[-1]


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if revision is None else str(revision)


def _upgrade(engine: Engine) -> None:
    # Imported only here: Alembic takes 11 MB and 0.3 s, and the usual start needs none of it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
