"""What takes long is asked beside the looks: one branch that fails or never answers costs the others nothing."""

import threading
from collections.abc import Sequence

from tests.waiting import eventually

from nacre.branches.catalog import Branch
from nacre.core.clock import system_clock
from nacre.core.errors import Unavailable
from nacre.core.names import Ref
from nacre.monitoring.measures.measure import Kind, Measure
from nacre.monitoring.probes.slow import Slow

COUNT = Kind("count", "branch", (Measure("times", "How often it was asked."),))
SHOP, BLOG, WIKI = (
    Branch(at, at, Ref.parse(name), "running", 0, None, None, system_clock())
    for at, name in enumerate(("shop", "blog", "wiki"))
)


class Asked:
    """Answers how often each was asked."""

    def __init__(self) -> None:
        self.times: dict[Ref, int] = {}
        self.answers = threading.Event()
        self.answers.set()
        self.down: set[Ref] = set()
        self.hangs: Ref | None = None

    def __call__(self, branch: Branch) -> Sequence[float]:
        self.times[branch.ref] = self.times.get(branch.ref, 0) + 1
        if branch.ref == self.hangs:
            self.answers.wait(30)
        if branch.ref in self.down:
            raise Unavailable("postgres-unreachable", "It is down.")
        return (float(self.times[branch.ref]),)


def seen(slow: Slow) -> dict[str, float]:
    return {label: numbers[0] for label, numbers in slow.look()}


def test_what_was_found_stands_until_it_is_asked_again() -> None:
    asked = Asked()
    slow = Slow(COUNT, lambda: [SHOP, BLOG], asked, every_s=3600)
    eventually(lambda: seen(slow) == {"shop": 1, "blog": 1})
    assert set(asked.times.values()) == {1}


def test_one_that_fails_is_a_gap_and_one_that_is_gone_is_forgotten() -> None:
    asked, there = Asked(), [SHOP, BLOG]
    slow = Slow(COUNT, lambda: there, asked, every_s=0, again_s=0)
    eventually(lambda: len(seen(slow)) == 2)
    asked.down.add(SHOP.ref)
    eventually(lambda: seen(slow).keys() == {"blog"})
    asked.down.clear()
    eventually(lambda: seen(slow).keys() == {"shop", "blog"})
    there.remove(SHOP)
    eventually(lambda: seen(slow).keys() == {"blog"})
    slow.close()


def test_one_that_was_not_up_yet_is_asked_again_soon() -> None:
    asked = Asked()
    asked.down.add(SHOP.ref)
    slow = Slow(COUNT, lambda: [SHOP, BLOG], asked, every_s=3600, again_s=0)
    eventually(lambda: seen(slow).keys() == {"blog"} and asked.times[SHOP.ref] > 1)
    asked.down.clear()
    eventually(lambda: seen(slow).keys() == {"shop", "blog"})
    assert asked.times[BLOG.ref] == 1


def test_one_that_never_answers_holds_up_no_other_and_is_not_asked_twice() -> None:
    asked = Asked()
    asked.answers.clear()
    asked.hangs = BLOG.ref
    slow = Slow(COUNT, lambda: [SHOP, BLOG, WIKI], asked, every_s=0, patience_s=0.05)
    eventually(lambda: seen(slow).get("wiki", 0) > 2 and seen(slow).get("shop", 0) > 2)
    assert "blog" not in seen(slow) and asked.times[BLOG.ref] == 1
    asked.answers.set()
    eventually(lambda: seen(slow).get("blog", 0) > 1)
    slow.close()
