"""What every driver promises of the processes inside."""

import asyncio
import secrets
import signal
from pathlib import Path

import pytest
from tests.contract.sandbox.conftest import Cell

from nacre.core.errors import Conflict, InvalidInput, NotFound


async def test_a_process_runs_and_what_it_says_is_heard(cell: Cell) -> None:
    said = await cell.shell("echo out; echo err >&2; pwd; exit 3")
    assert {"out", "err", cell.spec.cwd} <= {*said.text.split()}
    assert said.exit_code == 3


async def test_streams_are_told_apart(cell: Cell) -> None:
    await cell.inside.start(["bash", "-c", "echo out; echo err >&2"], key="two")
    attachment = await cell.inside.attach("two")
    heard = {output.stream: output.data async for output in attachment}
    await attachment.close()
    assert heard == {"stdout": b"out\n", "stderr": b"err\n"}


async def test_the_environment_is_the_specs_and_the_calls(cell: Cell) -> None:
    said = await cell.shell('echo "$HOME $MORE"', env={"MORE": "given"})
    assert said.text.split() == [cell.spec.env["HOME"], "given"]


async def test_input_is_read_to_its_end(cell: Cell) -> None:
    await cell.inside.start(["wc", "-c"], key="wc")
    attachment = await cell.inside.attach("wc")
    await attachment.write(b"x" * 300_000)
    await attachment.end_input()
    text = b"".join([output.data async for output in attachment])
    await attachment.close()
    assert (int(text), attachment.exit_code) == (300_000, 0)


async def test_a_terminal_has_a_size_echoes_and_can_be_resized(cell: Cell) -> None:
    await cell.inside.start(["bash", "--norc", "-i"], key="tty", size=(90, 30), env={"PS1": "> "})
    attachment = await cell.inside.attach("tty")
    seen = bytearray()

    async def until_seen(text: bytes) -> None:
        async for output in attachment:
            seen.extend(output.data)
            if text in seen:
                return

    async with asyncio.timeout(20):
        await attachment.write(b"stty size; tty\n")
        await until_seen(b"30 90\r\n")
        await attachment.resize(100, 40)
        await attachment.write(b"stty size\n")
        await until_seen(b"40 100\r\n")
        await attachment.write(b"exit 5\n")
        async for output in attachment:
            seen.extend(output.data)
    await attachment.close()
    assert attachment.exit_code == 5
    assert b"/dev/pts/" in seen


async def test_one_who_comes_back_goes_on_where_he_left(cell: Cell) -> None:
    await cell.inside.start(["bash", "-c", "echo one; read; echo two"], key="talk")
    first = await cell.inside.attach("talk")
    async for output in first:
        offset = output.offset
        break
    await first.close()
    second = await cell.inside.attach("talk", after=offset)
    await second.write(b"\n")
    text = b"".join([output.data async for output in second])
    await second.close()
    assert text == b"two\n"


async def test_two_may_follow_one_process(cell: Cell) -> None:
    await cell.inside.start(["bash", "-c", "read; echo said"], key="both")
    one, two = await cell.inside.attach("both"), await cell.inside.attach("both")
    await one.write(b"\n")
    for attachment in (one, two):
        assert b"".join([output.data async for output in attachment]) == b"said\n"
        await attachment.close()


async def test_a_signal_reaches_the_whole_session(cell: Cell) -> None:
    asleep = f"sleep {1000 + secrets.randbelow(10**6)}"  # without isolation, all processes of the machine are seen
    await cell.inside.start(["bash", "-c", f"{asleep} & echo $!; wait"], key="pair")
    attachment = await cell.inside.attach("pair")
    async for _ in attachment:
        break
    await cell.inside.signal("pair", signal.SIGTERM)
    async for _ in attachment:
        pass
    await attachment.close()
    assert attachment.exit_code == -signal.SIGTERM
    assert (await cell.shell(f"pgrep -fx '{asleep}' || echo none")).text == "none\n"


async def test_processes_are_listed_forgotten_and_replaced(cell: Cell) -> None:
    await cell.run("true", key="a")
    await cell.inside.start(["sleep", "1000"], key="b")
    listed = {process.key: process.exit_code for process in await cell.inside.processes()}
    assert listed == {"a": 0, "b": None}
    with pytest.raises(Conflict):
        await cell.inside.start(["true"], key="b")
    with pytest.raises(Conflict):
        await cell.inside.forget("b")
    assert (await cell.run("false", key="a")).exit_code == 1
    await cell.inside.forget("a")
    assert [process.key for process in await cell.inside.processes()] == ["b"]


async def test_what_cannot_be_started_says_why(cell: Cell) -> None:
    with pytest.raises(InvalidInput, match="no-such-program: No such file or directory"):
        await cell.inside.start(["no-such-program"], key="x")
    with pytest.raises(InvalidInput, match="/nowhere: No such file or directory"):
        await cell.inside.start(["true"], key="x", cwd="/nowhere")
    with pytest.raises(NotFound):
        await cell.inside.attach("x")


@pytest.mark.parametrize("key", ["", "../x", ".x", "a/b", "a" * 65, "a\n"])
async def test_a_name_is_a_name(cell: Cell, key: str) -> None:
    with pytest.raises(InvalidInput):
        await cell.inside.start(["true"], key=key)


async def test_output_is_kept_in_a_log(cell: Cell) -> None:
    await cell.shell("echo kept", key="logged")
    assert cell.inside.log_path("logged").read_text() == "kept\n"


async def test_one_who_is_refused_leaves_the_log_as_it_was(cell: Cell, until) -> None:
    await cell.inside.start(["bash", "-c", "echo kept; sleep 1000"], key="runs")
    log = cell.inside.log_path("runs")
    await until(lambda: log.exists() and log.read_text() == "kept\n")
    with pytest.raises(Conflict):
        await cell.inside.start(["echo", "other"], key="runs")
    assert log.read_text() == "kept\n"
    assert [path.name for path in log.parent.iterdir()] == ["runs.log"]


async def test_orphans_are_reaped(cell: Cell, until) -> None:
    await cell.shell("(sleep 0.01 & ) ; true")

    def zombies() -> list[str]:
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and " Z " in (entry / "stat").read_text() and _is_ours(entry):
                    found.append(entry.name)
            except OSError:
                continue
        return found

    def _is_ours(entry: Path) -> bool:
        return "sleep" in (entry / "comm").read_text()

    await until(lambda: not zombies())
