"""Where calls are paid: what one may cost is set aside and written down before it leaves, and settled at its end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

from nacre.core.clock import Clock
from nacre.core.errors import NacreError
from nacre.engines.models.provider import Usage
from nacre.llm.call import Call
from nacre.llm.ledger.budgets import Budgets
from nacre.llm.ledger.ledger import Entry, Ledger, Outcome
from nacre.llm.ledger.metrics import Metrics
from nacre.llm.ledger.prices import cost_of


class Till:
    def __init__(self, budgets: Budgets, ledger: Ledger, metrics: Metrics, clock: Clock) -> None:
        self._budgets = budgets
        self._ledger = ledger
        self._metrics = metrics
        self._clock = clock

    @contextlib.asynccontextmanager
    async def paid_chat(self, call: Call) -> AsyncIterator[None]:
        """Bound the answer by what is left of the caller's budgets. Raises Conflict "budget-spent"."""
        try:
            left = self._budgets.left(call.entry.caller, self._clock())
            call.cost, limit = cost_of(call.request, call.way.models, left)
            if limit != call.request.max_tokens:
                call.request = replace(call.request, max_tokens=limit)
            self._reserve(call)
            call.entry.usage = Usage(call.cost.input_tokens, 0, estimated=True)
            await self._ledger.begin(call.entry)
            yield
        except NacreError as error:
            self._settle(call, "failed", error)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            self._settle(call, "cancelled")
            raise
        except Exception as error:
            call.entry.error = type(error).__name__
            self._settle(call, "failed")
            raise
        self._settle(call, "done")

    @contextlib.asynccontextmanager
    async def paid_vectors(self, call: Call) -> AsyncIterator[None]:
        """The call says itself what its vectors cost; those that are made here cost nothing."""
        try:
            if not call.way.stays_here:
                self._reserve(call)
                await self._ledger.begin(call.entry)
            yield
        except NacreError as error:
            call.entry.begun = True
            self._settle(call, "failed", error)
            raise
        except asyncio.CancelledError:
            self._settle(call, "cancelled")
            raise
        except Exception as error:
            call.entry.error = type(error).__name__
            self._settle(call, "failed")
            raise
        call.entry.usage = Usage(call.cost.input_tokens, 0, estimated=True)
        self._settle(call, "done")

    def _reserve(self, call: Call) -> None:
        call.reservation = self._budgets.reserve(call.entry.caller, call.cost.most, self._clock())
        call.entry.cost = call.cost.most

    def _settle(self, call: Call, outcome: Outcome, error: NacreError | None = None) -> None:
        """What failed before any of it was answered costs nothing, as far as anybody can tell."""
        entry = call.entry
        if outcome == "failed" and not entry.usage.output_tokens:
            entry.usage = Usage(0, 0, estimated=True)
        entry.cost = call.price() if call.reservation else 0
        if call.reservation:
            self._budgets.settle(call.reservation, entry.cost)
        self.close(entry, call.spent_s(), outcome, error)

    def close(self, entry: Entry, seconds: float, outcome: Outcome, error: NacreError | None = None) -> None:
        """Write down how a call ended."""
        entry.seconds = seconds
        entry.error = error.code if error else entry.error
        self._metrics.count(entry, outcome)
        self._ledger.end(entry, outcome)
