"""The functions of the ledger: usage, audit, one call traced, feedback, budgets, and what is cached."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import apsw
from pydantic import Field

from nacre.core.errors import InvalidInput, NotFound
from nacre.llm.caller import HOME, Caller
from nacre.llm.desk import Desk
from nacre.llm.functions import Args, Json, function
from nacre.llm.ledger.budgets import EACH, Budget, Meter, Period, Subject, since

_NANO = 1e9


class NoArgs(Args):
    pass


class UsageArgs(Args):
    days: int = Field(30, ge=1, le=400)
    by: list[Literal["day", "site", "person", "role", "model"]] = Field(default=["day", "model"], min_length=1)


class AuditArgs(Args):
    limit: int = Field(50, ge=1, le=1000)
    before: str | None = None
    model: str | None = None
    person: str | None = None
    role: str | None = None
    purpose: str | None = None
    outcome: Literal["started", "done", "failed", "cancelled", "lost"] | None = None
    since: datetime | None = None


class TraceArgs(Args):
    request_id: str = Field(min_length=1, max_length=64)


class FeedbackArgs(Args):
    request_id: str = Field(min_length=1, max_length=64)
    rating: int = Field(ge=-1, le=1)
    text: str = Field("", max_length=10_000)


class BudgetArgs(Args):
    """`name`: who or which; “*” for each of them by themselves; empty for everybody."""

    subject: Subject = "everybody"
    name: str = Field("", max_length=200)
    period: Period = "day"


class SetBudgetArgs(BudgetArgs):
    usd: float = Field(ge=0, le=1_000_000)


class CacheClearArgs(Args):
    model: str | None = None


@function("usage")
async def usage(desk: Desk, caller: Caller, args: UsageArgs) -> Json:
    """→ what was used and spent, summed up by the columns asked for, newest and dearest first"""
    columns = ", ".join(dict.fromkeys(args.by))
    since = (desk.clock() - timedelta(days=args.days - 1)).astimezone(UTC).strftime("%Y-%m-%d")
    where, values = _seen(caller)
    rows = await desk.store.read_long(
        f"SELECT {columns}, sum(calls), sum(cached), sum(failed), sum(input_tokens), sum(output_tokens), sum(cost) "  # noqa: S608
        f"FROM spend WHERE day >= ? AND {where} GROUP BY {columns} ORDER BY 1 DESC, sum(cost) DESC LIMIT 10000",
        (since, *values),
    )
    names = [*dict.fromkeys(args.by), "calls", "cached", "failed", "input_tokens", "output_tokens"]
    return [dict(zip(names, row, strict=False)) | {"cost_usd": row[-1] / _NANO} for row in rows]


@function("audit")
async def audit(desk: Desk, caller: Caller, args: AuditArgs) -> Json:
    """→ the calls, newest first; `before` goes on from a request_id; members of llm_admin see others' texts"""
    where, values = _seen(caller)
    conditions, more = [where], list(values)
    for column in ("model", "person", "role", "purpose", "outcome"):
        value = getattr(args, column)
        if value is not None:
            conditions.append(f"{column} = ?")
            more.append(value)
    if args.before is not None:
        conditions.append("id < ?")
        more.append(args.before)
    if args.since is not None:
        conditions.append("at >= ?")
        more.append(args.since.timestamp())
    rows = await desk.store.read_long(
        f"SELECT {', '.join(_COLUMNS)} FROM request WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?",  # noqa: S608
        (*more, args.limit),
    )
    return [_told(row, caller) for row in rows]


@function("trace")
async def trace(desk: Desk, caller: Caller, args: TraceArgs) -> Json:
    """→ all that is known of one call, with what was said of it"""
    row = await _found(desk, caller, args.request_id)
    said = await desk.store.read_long(
        "SELECT at, who, rating, text FROM feedback WHERE request = ? ORDER BY at", (args.request_id,)
    )
    feedback = [{"at": _time(at), "who": who, "rating": rating, "text": text} for at, who, rating, text in said]
    return _told(row, caller) | {"feedback": feedback}


@function("feedback")
async def feedback(desk: Desk, caller: Caller, args: FeedbackArgs) -> Json:
    """→ the rating as it is kept: 1 good, 0 neither, -1 bad"""
    await _found(desk, caller, args.request_id)
    values = (args.request_id, desk.clock().timestamp(), str(caller), args.rating, args.text)

    def work(connection: apsw.Connection) -> None:
        connection.execute("INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?)", values)

    await desk.store.write(work)
    return {"request_id": args.request_id, "rating": args.rating}


@function("budgets")
async def budgets(desk: Desk, caller: Caller, args: NoArgs) -> Json:
    """→ the budgets that hold for the caller's project, with what is spent of each that is not everybody's own"""
    now = desk.clock()
    seen = [one for one in desk.budgets.all() if caller.owns_home or one.scope in (HOME, caller.scope)]
    return [
        _budget(one) | {"spent_usd": None if one.name == "*" else desk.budgets.spent(one, one.name, now) / _NANO}
        for one in seen
    ]


@function("set_budget", admin=True)
async def set_budget(desk: Desk, caller: Caller, args: SetBudgetArgs) -> Json:
    """→ the budget; from SQL it is about the project's own calls, by the daemon about all"""
    if (args.subject == "everybody") is not (args.name == ""):
        raise InvalidInput(
            "llm-bad-arguments",
            "A budget of everybody has no name, and any other needs one.",
            hint="* as the name gives each person, role or branch a budget of their own.",
        )
    budget = Budget(caller.scope, args.subject, args.name, args.period, round(args.usd * _NANO))
    values = (budget.scope, budget.subject, budget.name, budget.period, budget.cost)

    def work(connection: apsw.Connection) -> None:
        connection.execute("INSERT OR REPLACE INTO budget VALUES (?, ?, ?, ?, ?)", values)

    await desk.store.write(work)
    desk.budgets.put(budget)
    return _budget(budget)


@function("remove_budget", admin=True)
async def remove_budget(desk: Desk, caller: Caller, args: BudgetArgs) -> Json:
    """→ the budget that there was"""
    for budget in desk.budgets.all():
        if (budget.scope, budget.subject, budget.name, budget.period) == (
            caller.scope, args.subject, args.name, args.period,
        ):  # fmt: skip
            break
    else:
        raise NotFound("budget-not-found", "There is no such budget here.", hint="`nacre llm budget list` lists them.")
    key = (budget.scope, budget.subject, budget.name, budget.period)

    def work(connection: apsw.Connection) -> None:
        connection.execute("DELETE FROM budget WHERE scope = ? AND subject = ? AND name = ? AND period = ?", key)

    await desk.store.write(work)
    desk.budgets.drop(budget)
    return _budget(budget)


@function("cache_clear", admin=True)
async def cache_clear(desk: Desk, caller: Caller, args: CacheClearArgs) -> Json:
    """→ {"cleared": how many answers}; the project's own, by the daemon everybody's"""
    return {"cleared": await desk.answers.clear(None if caller.owns_home else caller.scope, args.model)}


@function("metrics", admin=True)
async def metrics(desk: Desk, caller: Caller, args: NoArgs) -> Json:
    """→ counters per model since the side-car began, of all that it does; by the daemon alone"""
    return desk.metrics.document() if caller.owns_home else []


@function("spending", admin=True)
async def spending(desk: Desk, caller: Caller, args: NoArgs) -> Json:
    """→ each budget with what is spent of it, by who spent most where each has the same; by the daemon alone"""
    now = desk.clock()
    if not caller.owns_home:
        return []
    return [
        _budget(one) | {"project": "" if one.scope == HOME else one.scope, "spent_usd": _spent(desk, one, now) / _NANO}
        for one in desk.budgets.all()
    ]


def _spent(desk: Desk, budget: Budget, now: datetime) -> int:
    if budget.name == EACH:
        return desk.ledger.spent_most(
            Meter(budget.scope, budget.subject, EACH, budget.period, since(budget.period, now))
        )
    return desk.budgets.spent(budget, budget.name, now)


_COLUMNS = (
    "id", "at", "site", "database", "role", "application", "person", "purpose", "asked", "model", "outcome", "error",
    "cache", "input_tokens", "output_tokens", "estimated", "cost", "first_s", "seconds", "redacted", "digest",
    "prompt", "answer",
)  # fmt: skip


def _seen(caller: Caller) -> tuple[str, tuple[Any, ...]]:
    """What of the ledger a caller sees: their own branch; by the daemon without a branch, everything."""
    if caller.by_daemon and caller.site == HOME:
        return ("1", ()) if caller.admin else ("site = ? AND person = ?", (HOME, caller.person))
    return "site = ?", (caller.site,)


async def _found(desk: Desk, caller: Caller, request_id: str) -> tuple[Any, ...]:
    where, values = _seen(caller)
    rows = await desk.store.read_long(
        f"SELECT {', '.join(_COLUMNS)} FROM request WHERE id = ? AND {where}",  # noqa: S608
        (request_id, *values),
    )
    if not rows:
        raise NotFound(
            "request-not-found",
            f"No request {request_id} is in the audit of {caller.site}.",
            hint="SELECT * FROM llm.audit() lists the newest; old ones are forgotten (llm_audit_days).",
        )
    return rows[0]


def _told(row: tuple[Any, ...], caller: Caller) -> dict[str, Json]:
    """A row as an object. What others said is for admins: a role sees its own texts alone."""
    document = dict(zip(_COLUMNS, row, strict=True))
    own = document["person"] == caller.person if caller.by_daemon else document["role"] == caller.role
    if not (caller.admin or own):
        document |= {"prompt": None, "answer": None}
    cost = document.pop("cost")
    request_id, at = document.pop("id"), document.pop("at")
    return {"request_id": request_id, "at": _time(at), **document, "estimated": bool(document["estimated"]),
            "cost_usd": cost / _NANO}  # fmt: skip


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _budget(budget: Budget) -> dict[str, Json]:
    return {
        "subject": budget.subject,
        "name": budget.name,
        "period": budget.period,
        "usd": budget.cost / _NANO,
        "shared": budget.scope == HOME,
    }
