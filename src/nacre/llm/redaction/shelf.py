"""The rules of redaction that there are: added, removed, and put together for a prompt."""

from typing import cast

import apsw

from nacre.core.errors import NotFound
from nacre.llm.book.book import Book
from nacre.llm.caller import HOME
from nacre.llm.redaction.rules import Action, Kind, Redaction, Rule, check


class Redactions:
    """The home's rules hold for everybody; a scope can add to them, and not take away."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._rules = {
            (scope, name): Rule(scope, name, cast(Kind, kind), pattern, cast(Action, action))
            for scope, name, kind, pattern, action in book.read(
                "SELECT scope, name, kind, pattern, action FROM redaction"
            )
        }

    def seen_by(self, scope: str) -> list[Rule]:
        return sorted(
            (rule for (of, _), rule in self._rules.items() if of in (HOME, scope)),
            key=lambda rule: (rule.scope != HOME, rule.name),
        )

    def for_prompt(self, scope: str, stays_here: bool) -> Redaction:
        """What to do to the texts of one prompt; nothing where they stay on this machine."""
        return Redaction(() if stays_here else self.seen_by(scope))

    async def add(self, rule: Rule) -> None:
        """Raises "llm-bad-arguments"."""
        check(rule)
        values = (rule.scope, rule.name, rule.kind, rule.pattern, rule.action)

        def work(connection: apsw.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO redaction VALUES (?, ?, ?, ?, ?)", values)

        await self._book.write(work)
        self._rules[rule.scope, rule.name] = rule

    async def remove(self, scope: str, name: str) -> None:
        """Raises NotFound "redaction-not-found"."""
        if (scope, name) not in self._rules:
            raise NotFound(
                "redaction-not-found",
                f"There is no rule “{name}” of redaction here.",
                hint="`nacre llm redaction list` lists them; those of the whole Nacre only its admins remove.",
            )

        def work(connection: apsw.Connection) -> None:
            connection.execute("DELETE FROM redaction WHERE scope = ? AND name = ?", (scope, name))

        await self._book.write(work)
        del self._rules[scope, name]

    async def forget(self, scope: str) -> None:
        """Remove all rules of a project."""
        await self._book.write(lambda db: db.execute("DELETE FROM redaction WHERE scope = ?", (scope,)))
        self._rules = {key: rule for key, rule in self._rules.items() if rule.scope != scope}
