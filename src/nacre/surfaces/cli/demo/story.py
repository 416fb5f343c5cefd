"""The story itself: a shop, its customers, a disaster, a look at the past, the way back, and a branch beside it."""

import os
import random
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nacre.core.errors import Failed
from nacre.surfaces.cli.demo import shop
from nacre.surfaces.cli.demo.customers import Bought, buy
from nacre.surfaces.cli.demo.shop import Fingerprint, fingerprint
from nacre.surfaces.cli.demo.stage import Stage
from nacre.surfaces.cli.present.units import duration
from nacre.surfaces.cli.psql import connection_environment, psql_program, run_script, script_command

BUYING_S = 4.0
_QUIET_S = 0.6
"""Between the last purchase and the second to go back to, and after it: far above the skew of files (README)."""

_SUMMARY = "SELECT count(*) AS orders, sum(total) AS revenue FROM orders"
_WRECKED = ("app", "invoices")


@dataclass(frozen=True)
class Kept:
    """What must be the same after the way back."""

    moment: str
    orders: int
    revenue: str
    prices: str
    tree: Fingerprint


class Story:
    """Told once, chapter by chapter, into a new project."""

    def __init__(self, stage: Stage, words: Mapping[str, str], buying_s: float = BUYING_S) -> None:
        self._stage = stage
        self._words = words
        self._buying_s = buying_s

    def tell(self) -> dict[str, Any]:
        """Let it happen; returns the record. Raises Failed "demo-mismatch" if anything did not come back."""
        began = time.monotonic()
        self._open_shop()
        self._name_the_moment()
        bought = self._customers_buy()
        kept = self._remember()
        left = self._go_wrong(kept)
        self._look_back(kept, bought)
        rewound = self._rewind(kept)
        self._undo_twice(kept, left)
        branch = self._branch(kept)
        self._hand_over(time.monotonic() - began)
        return {
            "project": self._ref,
            "branch": branch,
            "files_path": str(self._files),
            "database_url": self._url,
            "moment": kept.moment,
            "orders": kept.orders,
            "files": kept.tree.files,
            "files_sha256": kept.tree.sha256,
            "rewind_seconds": rewound["seconds"],
            "downtime_seconds": rewound["downtime_seconds"],
            "steps": self._stage.record,
            "seconds": round(time.monotonic() - began, 3),
        }

    def _open_shop(self) -> None:
        self._chapter("shop")
        taken = {project["name"] for project in self._stage.ask("project.list")}
        names = ("demo", *(f"demo-{number}" for number in range(2, len(taken) + 3)))
        self._ref = next(name for name in names if name not in taken)
        created = self._stage.run(f"nacre project create {self._ref}", "project.create", name=self._ref)
        self._files, self._url = Path(created["files_path"]), created["database_url"]
        shop.furnish(self._files)
        self._load()
        orders = self._rows(_SUMMARY)[0][0]
        tree = fingerprint(self._files)
        self._say("shop-made", orders=orders, customers=shop.CUSTOMERS, products=shop.PRODUCTS, files=tree.files)

    def _load(self) -> None:
        script = self._files / "db" / shop.SCRIPT.name
        typed = f"nacre sql {self._ref} -f {_short(script)}"
        self._stage.narrator.command(typed)
        environment = {**os.environ, **connection_environment(self._url)}
        done = run_script(script_command(psql_program(os.environ), str(script)), environment, captured=True)
        self._stage.keep(typed, done.seconds, done.output)

    def _name_the_moment(self) -> None:
        self._chapter("checkpoint")
        self._stage.run(f"nacre checkpoint {self._ref} -m open", "checkpoint", ref=self._ref, message="open")

    def _customers_buy(self) -> Bought:
        self._chapter("buying")
        bought = buy(self._url, self._files, self._buying_s, random.Random(618))  # noqa: S311  (no secret)
        self._say("bought", count=bought.orders, seconds=self._buying_s)
        return bought

    def _remember(self) -> Kept:
        moment = (datetime.now(UTC) + timedelta(seconds=_QUIET_S + 1)).replace(microsecond=0)
        orders, revenue, prices = self._state()
        kept = Kept(f"{moment:%Y-%m-%dT%H:%M:%SZ}", orders, revenue, prices, fingerprint(self._files))
        while datetime.now(UTC) < moment:
            time.sleep(0.02)
        self._say("remember", moment=kept.moment, orders=orders, revenue=revenue, files=kept.tree.files)
        return kept

    def _go_wrong(self, kept: Kept) -> int:
        self._chapter("wrong")
        self._say("tidy")
        time.sleep(_QUIET_S)
        for command in ("UPDATE products SET price = 0.01", "DROP TABLE orders CASCADE"):
            self._stage.run(f'nacre sql {self._ref} -c "{command}"', "sql.run", ref=self._ref, command=command)
        self._remove_folders()
        query = "SELECT count(*) FROM orders"
        self._stage.run_refused(f'nacre sql {self._ref} -c "{query}"', "sql.run", ref=self._ref, command=query)
        left = fingerprint(self._files).files
        self._say("left", left=left, files=kept.tree.files)
        return left

    def _remove_folders(self) -> None:
        typed = "rm -rf " + " ".join(_short(self._files / name) for name in _WRECKED)
        self._stage.narrator.command(typed)
        began = time.monotonic()
        for name in _WRECKED:
            shutil.rmtree(self._files / name)
        self._stage.keep(typed, time.monotonic() - began, None)

    def _look_back(self, kept: Kept, bought: Bought) -> None:
        self._chapter("look")
        self._say("look-why", moment=kept.moment)
        typed = f'nacre sql {self._ref} --at {kept.moment} -c "{_SUMMARY}"'
        self._stage.run(typed, "sql.run", ref=self._ref, command=_SUMMARY, at=kept.moment)
        typed = f"nacre files cat {self._ref} {bought.last_invoice} --at {kept.moment}"
        self._stage.run(typed, "files.cat", ref=self._ref, path=bought.last_invoice, at=kept.moment)

    def _rewind(self, kept: Kept) -> Any:
        self._chapter("rewind")
        began = time.monotonic()
        typed = f"nacre rewind {self._ref} {kept.moment}"
        answer = self._stage.run(typed, "rewind", ref=self._ref, moment=kept.moment)
        self._rows("SELECT 1")
        seconds = duration(time.monotonic() - began)
        self._prove(kept)
        self._say("rewound", seconds=seconds, downtime=duration(answer["downtime_seconds"]))
        return answer

    def _undo_twice(self, kept: Kept, left: int) -> None:
        self._chapter("undo")
        self._stage.run(f"nacre undo {self._ref}", "undo", ref=self._ref)
        if fingerprint(self._files).files != left:
            raise _mismatch(self._ref, "undo")
        self._say("undone", left=left)
        self._stage.run(f"nacre undo {self._ref}", "undo", ref=self._ref)
        self._prove(kept)

    def _branch(self, kept: Kept) -> str:
        self._chapter("branch")
        self._say("branch-why")
        typed = f"nacre branch create {self._ref} sale --at {kept.moment}"
        created = self._stage.run(typed, "branch.create", ref=self._ref, name="sale", at=kept.moment)
        branch = str(created["ref"])
        command = "ALTER TABLE products ADD COLUMN sale_price numeric(8, 2)"
        self._stage.run(f'nacre sql {branch} -c "{command}"', "sql.run", ref=branch, command=command)
        (Path(created["files_path"]) / "app" / "pages" / "sale.html").write_text("<h1>Sale</h1>\n")
        self._stage.run(f"nacre branch diff {self._ref} {branch}", "branch.diff", a=self._ref, b=branch)
        return branch

    def _hand_over(self, seconds: float) -> None:
        narrator = self._stage.narrator
        narrator.say("")
        self._say("yours", ref=self._ref, seconds=seconds)
        narrator.next_steps(
            {
                f"nacre psql {self._ref}": self._words["open"],
                f"cd {_short(self._files)}": self._words["folder"],
                f"nacre log {self._ref}": self._words["log"],
                f"nacre rewind {self._ref} open": self._words["any"],
                f"nacre project delete {self._ref}": self._words["delete"],
            }
        )

    def _state(self) -> tuple[int, str, str]:
        """How many orders, their worth, and a digest of all prices."""
        (orders, revenue), *_ = self._rows(_SUMMARY)
        (prices,), *_ = self._rows("SELECT md5(string_agg(id || ':' || price, ',' ORDER BY id)) FROM products")
        return int(orders), str(revenue), str(prices)

    def _prove(self, kept: Kept) -> None:
        if self._state() != (kept.orders, kept.revenue, kept.prices):
            raise _mismatch(self._ref, "database")
        if fingerprint(self._files) != kept.tree:
            raise _mismatch(self._ref, "files")
        narrator, words = self._stage.narrator, self._words
        narrator.proof(words["proof-rows"].format(orders=kept.orders, revenue=kept.revenue))
        narrator.proof(words["proof-files"].format(files=kept.tree.files, sha=kept.tree.sha256[:8]))

    def _rows(self, query: str) -> list[list[Any]]:
        rows: list[list[Any]] = self._stage.ask("sql.run", ref=self._ref, command=query)["rows"]
        return rows

    def _chapter(self, title: str) -> None:
        self._stage.narrator.chapter(self._words[title])

    def _say(self, key: str, **facts: Any) -> None:
        self._stage.narrator.say(self._words[key].format(**facts))


def _short(path: Path) -> str:
    """A path as people write it."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _mismatch(ref: str, what: str) -> Failed:
    return Failed(
        "demo-mismatch",
        f"The {what} of {ref} did not come back as it was.",
        hint="This is a defect of Nacre's: please report it. The project is kept as it is.",
    )
