"""What agents ask for and a person must allow: the very call that was asked, once, within an hour."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from nacre.core.clock import Clock
from nacre.core.errors import Conflict, NotAllowed, NotFound
from nacre.core.events import EventBus
from nacre.core.operations import Answer, Private, marked, registry
from nacre.core.principals import Kind, Principal, Role
from nacre.core.store.store import Store
from nacre.publishing import tables

LASTS = timedelta(hours=1)


class Approval(Answer):
    """A call that an agent asked for. `state` is waiting, approved, used, denied or expired.

    `arguments` are shown to those who may decide it; once nobody can any more, without what may hold anything.
    """

    number: int
    project: str
    operation: str
    arguments: dict[str, Any]
    who: str
    asked_at: datetime
    state: str
    decided_by: str | None
    decided_at: datetime | None


class Approvals:
    def __init__(self, store: Store, clock: Clock, bus: EventBus) -> None:
        self._store = store
        self._clock = clock
        self._bus = bus

    def require(
        self,
        who: Principal,
        project: str,
        operation: str,
        arguments: Mapping[str, Any],
        shown: Mapping[str, Any],
        kept: Mapping[str, Any],
    ) -> None:
        """Let a call through that was approved, and use the approval up.

        Raises NotAllowed "approval-needed" with the number under which a person can approve it. `shown` are the
        arguments as they are shown to whoever decides, `kept` those that stay afterwards.
        """
        wanted = _digest(operation, arguments)
        table, since = tables.approvals, self._clock() - LASTS
        mine = (table.c.digest == wanted) & (table.c.who == str(who)) & (table.c.person == who.person)
        with self._store.write() as connection:
            self._let_go(connection)
            used = connection.execute(
                update(table)
                .where(mine, table.c.state == "approved", table.c.decided_at > since)
                .values(state="used", arguments=dict(kept))
                .returning(table.c.id)
            ).first()
            if used is not None:
                return
            number = connection.execute(
                select(table.c.id).where(mine, table.c.state == "waiting", table.c.asked_at > since)
            ).scalar()
            if number is None:
                number = connection.execute(
                    insert(table)
                    .values(
                        project=project, operation=operation, arguments=dict(shown), digest=wanted, who=str(who),
                        person=who.person, asked_at=self._clock(), state="waiting",
                    )
                    .returning(table.c.id)
                ).scalar_one()  # fmt: skip
        self._bus.emit("approval.asked", str(who), project, None, {"number": number, "operation": operation})
        raise NotAllowed(
            "approval-needed",
            f"“{operation}” changes what is published, so a person must allow it to {who}: it waits as number "
            f"{number}.",
            hint=f"Once somebody ran `nacre approval approve {number}`, ask for the very same again within an hour.",
        )

    def all(self, who: Principal, *, waiting: bool) -> list[Approval]:
        """The newest hundred in the caller's projects, newest first."""
        table = tables.approvals
        query = select(table).order_by(table.c.id.desc()).limit(1000)
        with self._store.read() as connection:
            found = [self._shown(dict(row._mapping)) for row in connection.execute(query)]
        mine = [one for one in found if who.branch is None and who.may_touch(one.project)]
        return [_for(who, one) for one in mine if not waiting or one.state == "waiting"][:100]

    def decide(self, who: Principal, number: int, *, allow: bool) -> Approval:
        """Raises NotFound "approval-not-found", NotAllowed, Conflict "approval-decided"."""
        if who.kind is Kind.AGENT:  # whatever its role: it would decide about itself, or about another of its kind
            raise NotAllowed(
                "not-allowed",
                f"A person must decide this, and {who} is an agent.",
                hint="Do it in the console, at the command line, or with a token of the kind person.",
            )
        table = tables.approvals
        with self._store.read() as connection:
            row = connection.execute(select(table).where(table.c.id == number)).one_or_none()
        if row is None or not who.may_touch(row.project):
            raise NotFound(
                "approval-not-found",
                f"Nothing waits as number {number}.",
                hint="`nacre approval list` shows what does.",
            )
        if (who.role_in(row.project) or Role.VIEWER) < Role.ADMIN:
            raise NotAllowed("not-allowed", f"An admin of “{row.project}” must decide this.", hint="Ask one of them.")
        state = "approved" if allow else "denied"
        denied = {} if allow else {"arguments": _kept(row.operation, row.arguments)}
        with self._store.write() as connection:
            self._let_go(connection)
            done = connection.execute(
                update(table)
                .where(table.c.id == number, table.c.state == "waiting", table.c.asked_at > self._clock() - LASTS)
                .values(state=state, decided_by=str(who), decided_at=self._clock(), **denied)
                .returning(table)
            ).one_or_none()
        if done is None:
            raise Conflict(
                "approval-decided",
                f"Number {number} is {self._shown(dict(row._mapping)).state}; it cannot be decided now.",
                hint="If it is still wanted, have the agent ask again.",
            )
        return self._shown(dict(done._mapping))

    def _let_go(self, connection: Connection) -> None:
        """What expired is decided by nobody, and so need not be seen whole."""
        table, since = tables.approvals, self._clock() - LASTS
        expired = ((table.c.state == "waiting") & (table.c.asked_at <= since)) | (
            (table.c.state == "approved") & (table.c.decided_at <= since)
        )
        for row in connection.execute(select(table.c.id, table.c.operation, table.c.arguments).where(expired)).all():
            kept = _kept(row.operation, row.arguments)
            connection.execute(update(table).where(table.c.id == row.id).values(state="expired", arguments=kept))

    def _shown(self, row: Mapping[str, Any]) -> Approval:
        since = row["decided_at"] if row["state"] == "approved" else row["asked_at"]
        expired = row["state"] in ("waiting", "approved") and since <= self._clock() - LASTS
        return Approval(
            number=row["id"], project=row["project"], operation=row["operation"],
            arguments=_kept(row["operation"], row["arguments"]) if expired else row["arguments"],
            who=row["who"], asked_at=row["asked_at"], state="expired" if expired else row["state"],
            decided_by=row["decided_by"], decided_at=row["decided_at"],
        )  # fmt: skip


def _for(who: Principal, one: Approval) -> Approval:
    decides = (who.role_in(one.project) or Role.VIEWER) >= Role.ADMIN
    return one if decides else one.model_copy(update={"arguments": {}})


def _kept(operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Without what may hold anything."""
    declared = registry.operations.get(operation)
    private = {name for name in arguments if declared and marked(declared.input, name, Private)}
    return {name: "(not kept)" if name in private else value for name, value in arguments.items()}


def _digest(operation: str, arguments: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps([operation, arguments], sort_keys=True, default=str).encode()).hexdigest()
