"""The database: whether the app's own Postgres runs, and lets it in."""

from typing import ClassVar

from nacre.core.errors import NacreError
from nacre.publishing.trouble.case import Case
from nacre.publishing.trouble.step import Step, Verdict, fine, unknown, wrong


class Database(Step):
    place: ClassVar[int] = 5

    def look(self, case: Case) -> Verdict:
        if case.app.branch_id is None:
            return unknown(f"{case.app.slug} has no database of its own.")
        parts = case.parts
        branch = parts.catalog.branch_by_id(case.app.branch_id)
        if branch.state != "running":
            return wrong(
                f"{branch.ref}, which holds its data, is {branch.state}.", "`nacre status` shows what is under way."
            )
        logs = f"`nacre status` shows it; its log is postgres-{branch.ref.project}-{branch.ref.branch}."
        kept = parts.clusters.status(branch)
        if not parts.clusters.serves(branch):
            why = kept.last_ending if kept and kept.failures else "it is not running"
            return wrong(f"Postgres of {branch.ref} does not answer: {why}", logs)
        try:
            with parts.clusters.person(branch) as connection:
                row = connection.execute(
                    "SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity"
                    " WHERE backend_type = 'client backend'"
                ).fetchone()
        except NacreError as error:
            return wrong(f"Postgres of {branch.ref} runs, and does not let the app in: {error.message}", logs)
        used, most = row if row else (0, 0)
        if used >= most - 3:  # the rest is kept for superusers
            return wrong(
                f"{used} of {most} connections to {branch.ref} are in use, so there is none for a new request.",
                "Have the app keep fewer open: a smaller pool, or fewer workers.",
            )
        return fine(f"Postgres of {branch.ref} answers; {used} of {most} connections are in use.")
