"""Opens the desk of a home: llm.db, and all that works at it."""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from nacre.branches.places import Places
from nacre.core.clock import Clock
from nacre.core.secrets import SecretBox
from nacre.llm.book.book import Book
from nacre.llm.caching.answers import Answers
from nacre.llm.configuration import Configuration
from nacre.llm.desk import Desk
from nacre.llm.ledger.budgets import Budget, Budgets, Period, Subject
from nacre.llm.ledger.ledger import Ledger
from nacre.llm.models.reach import Reach
from nacre.llm.models.shelf import Models
from nacre.llm.redaction.shelf import Redactions
from nacre.llm.sites import Sites


async def open_desk(configuration: Configuration, box: SecretBox, clock: Clock) -> Desk:
    """The desk, with what an earlier side-car was killed over settled. Raises Conflict "newer-database"."""
    folder = configuration.folder
    folder.mkdir(mode=0o700, exist_ok=True)
    book = Book(folder / "llm.db")
    models = Models(book, box, clock)
    ledger = Ledger(book, clock, configuration.keeps_texts)
    await ledger.settle_lost()
    budgets = Budgets((_budget(row) for row in book.read("SELECT * FROM budget")), ledger.spent)
    lives, most = timedelta(hours=configuration.cache_hours), configuration.cache_mb << 20
    desk = Desk(
        book=book,
        models=models,
        reach=Reach(models, configuration.private_hosts, clock, folder / "plugins"),
        redactions=Redactions(book),
        budgets=budgets,
        ledger=ledger,
        answers=Answers(book, clock, lives, most),
        sites=Sites(Places(configuration.home), book, box),
        clock=clock,
    )

    async def work(site: str, database: str, expects: Callable[[], bool]) -> None:
        from nacre.llm.vectorizers.worker import Worker  # only where there is a vectorizer: it brings psycopg along

        await Worker(desk, site, database).run(expects)

    desk.crew.start(work)
    return desk


def _budget(row: tuple[object, ...]) -> Budget:
    scope, subject, name, period, cost = row
    return Budget(str(scope), cast(Subject, subject), str(name), cast(Period, period), int(str(cost)))
