"""How fast documents get in by the queue: pages of Markdown and PDF, read, cut, embedded by the model of this machine,
written, through a real daemon.

Promise: at the model's own speed, at least 0.9 of it. The peer is that model alone, given the same passages right
afterwards in a process that does nothing else. Both work part by part in turn, so that a busy machine is as busy for
both; processor time is told beside. `--corpus` is a folder of *.md and *.pdf; a file of Markdown counts as a page.
Without one the documentation of Nacre is taken, which has no PDF.
"""

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from pypdf import PdfReader

from bench._nacre import Nacre, running
from bench._place import home_on
from bench._result import Results
from nacre.engines.models.minilm import NAME, Local

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as for the side-car, before numpy is there
_OWN = Path(__file__).parent.parent / "docs"
_AT_ONCE, _CALLS = 64, 4
"""As the side-car calls it; more at once is no faster."""

_BASE = "/api/knowledge/collections"


@dataclass(frozen=True)
class Took:
    wall_s: float
    cpu_s: float


@dataclass(frozen=True)
class Page:
    """A file with as many pages as it has; a file of Markdown is one."""

    path: Path
    pages: int


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--corpus", type=Path, default=_OWN)
    arguments.add_argument("--pages", type=int, default=1000)
    arguments.add_argument("--parts", type=int, default=5)
    arguments.add_argument("--quick", action="store_true", help="twenty pages, in two parts")
    given = arguments.parse_args()
    pages, parts = (20, 2) if given.quick else (given.pages, given.parts)
    results = Results("knowledge_ingest", "documents by the queue, beside the model alone")
    chosen = choose(given.corpus, pages)
    with home_on("plain") as home, running(home) as nacre, door(nacre) as http:
        measure(results, nacre, http, chosen, parts)
    results.keep()


def choose(corpus: Path, pages: int) -> list[Page]:
    """Half of the pages from PDFs, as far as there are such, the others from Markdown; small files among large ones."""
    pdfs = _up_to((Page(path, len(PdfReader(path).pages)) for path in sorted(corpus.rglob("*.pdf"))), pages // 2)
    marked = (Page(path, 1) for path in sorted(corpus.rglob("*.md")) if path.stat().st_size)
    return pdfs + _up_to(marked, pages - sum(one.pages for one in pdfs))


def measure(results: Results, nacre: Nacre, http: httpx.Client, chosen: Sequence[Page], parts: int) -> None:
    model, daemon = Local(), psutil.Process(nacre.call("status")["pid"])
    alone(model, ["so that it is loaded"])
    shares, work, total = [], [], 0
    for number in range(parts):
        name = f"part-{number}"
        http.post(_BASE, json={"name": name}).raise_for_status()
        queued = by_queue(http, name, chosen[number::parts], daemon)
        texts = passages(http, name)
        bare = alone(model, texts)
        shares.append(bare.wall_s / queued.wall_s)
        work.append(bare.cpu_s / queued.cpu_s)
        total += len(texts)
        results.note(f"passages a second in part {number + 1}", [len(texts) / queued.wall_s, len(texts) / bare.wall_s])
    pages = {kind: sum(one.pages for one in chosen if one.path.suffix == kind) for kind in (".md", ".pdf")}
    results.note("pages of Markdown and PDF, and passages", [pages[".md"], pages[".pdf"], total])
    results.add("speed of the queue ÷ the model's own", statistics.median(shares), "×", 0.9, at_least=True)
    results.add("processor time of the model alone ÷ of all that the queue does", statistics.median(work), "×")


def by_queue(http: httpx.Client, name: str, chosen: Sequence[Page], daemon: psutil.Process) -> Took:
    """Everything waits, then the queue is let go on, until nothing waits."""
    http.post(f"{_BASE}/{name}/queue/pause").raise_for_status()
    for number, one in enumerate(chosen):
        path = f"{_BASE}/{name}/documents/{number}-{one.path.name}"
        http.put(path, params={"later": "true"}, content=one.path.read_bytes()).raise_for_status()
    began, spent = time.perf_counter(), _spent_s(daemon)
    http.post(f"{_BASE}/{name}/queue/resume").raise_for_status()
    while (queue := http.get(f"{_BASE}/{name}/queue").raise_for_status().json())["waiting"]:
        time.sleep(0.1)
    took = Took(time.perf_counter() - began, _spent_s(daemon) - spent)
    if queue["failed"]:
        failed = http.get(f"{_BASE}/{name}/queue/documents").json()
        print(f"    not taken in: {[(one['name'], one['code']) for one in failed]}", flush=True)
    return took


def passages(http: httpx.Client, name: str) -> list[str]:
    """What the model was given: what was embedded before, word for word, is not embedded again."""
    documents = http.get(f"{_BASE}/{name}/documents", params={"limit": 1000}).raise_for_status().json()
    shown = (http.get(f"{_BASE}/{name}/documents/{one['name']}").raise_for_status().json() for one in documents)
    return list(dict.fromkeys(part["context"] + part["text"] for document in shown for part in document["parts"]))


def alone(model: Local, texts: Sequence[str]) -> Took:
    async def every() -> None:
        firsts = iter(range(0, len(texts), _AT_ONCE))

        async def some() -> None:
            for first in firsts:
                await model.embed(NAME, texts[first : first + _AT_ONCE])

        await asyncio.gather(*(some() for _ in range(_CALLS)))

    began, spent = time.perf_counter(), time.process_time()
    asyncio.run(every())
    return Took(time.perf_counter() - began, time.process_time() - spent)


def door(nacre: Nacre) -> httpx.Client:
    transport = httpx.HTTPTransport(uds=str(nacre.home / "run" / "nacre.sock"))
    return httpx.Client(transport=transport, base_url="http://nacre", timeout=600)


def _up_to(found: Iterator[Page], pages: int) -> list[Page]:
    chosen: list[Page] = []
    for one in found:
        if sum(each.pages for each in chosen) + one.pages <= pages:
            chosen.append(one)
    return chosen


def _spent_s(daemon: psutil.Process) -> float:
    """Of the daemon, the side-car, and readers, those that have ended too."""
    spent = [one.cpu_times() for one in (daemon, *daemon.children(recursive=True))]
    return sum(one.user + one.system + one.children_user + one.children_system for one in spent)


if __name__ == "__main__":
    main()
