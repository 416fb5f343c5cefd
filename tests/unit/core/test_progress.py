"""Progress reaches whoever watches, from any depth and from worker threads, and nobody else."""

import asyncio

from nacre.core.progress import Step, report, watched_by


def test_reports_reach_the_watcher_of_the_block_only() -> None:
    seen: list[Step] = []
    report("before")
    with watched_by(seen.append):
        report("inside", done=1, total=2)
    report("after")
    assert seen == [Step("inside", 1, 2)]


async def test_reports_from_worker_threads_reach_the_watcher_of_their_own_task() -> None:
    async def watched(name: str) -> list[Step]:
        seen: list[Step] = []
        with watched_by(seen.append):
            await asyncio.gather(*(asyncio.to_thread(report, name, done=number) for number in range(20)))
        return seen

    one, other = await asyncio.gather(watched("one"), watched("other"))
    assert {step.phase for step in one} == {"one"}
    assert len(one) == len(other) == 20
