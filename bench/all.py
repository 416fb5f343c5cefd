"""Runs every benchmark, each in a process of its own, and tells which promises were kept."""

import argparse
import json
import subprocess
import sys
import time

from bench._document import document
from bench._result import RESULTS

NAMES = (
    "footprint", "files_rewind", "files_watch", "rewind", "rewind_copy", "branch", "cost", "workspace_start",
    "terminal", "preview", "editor", "console", "gateway", "crowd", "publish",
    "publish_under_load", "app_throughput", "scale_to_zero", "runner_joins",
    "monitoring_cost", "monitoring_chart", "monitoring_writes", "monitoring_alert",
    "logs",
    "llm_overhead", "llm_cache", "llm_stream", "llm_cancel", "llm_soak", "vectorizer", "text2sql",
    "knowledge_search", "knowledge_insert", "knowledge_ingest", "knowledge_quality", "knowledge_postgres",
)  # fmt: skip


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="everything small, to see that it works")
    arguments.add_argument("--document", action="store_true", help="also write the figures into docs/reference")
    given = arguments.parse_args()
    options = ["--quick"] if given.quick else []
    began = time.monotonic()
    broken = [
        name
        for name in NAMES
        if subprocess.run([sys.executable, "-m", f"bench.{name}", *options], check=False).returncode
    ]
    lines = [
        line
        for name in NAMES
        if name not in broken
        for line in json.loads((RESULTS / f"{name}.json").read_text())["lines"]
    ]
    missed = [line["what"] for line in lines if line["kept"] is False]
    kept = sum(line["kept"] is True for line in lines)
    print(f"\n{kept} promises kept, {len(missed)} missed, in {(time.monotonic() - began) / 60:.1f} minutes")
    for what in missed:
        print(f"  missed: {what}")
    for name in broken:
        print(f"  did not finish: {name}")
    if given.document:
        document(NAMES)
    return 1 if missed or broken else 0


if __name__ == "__main__":
    sys.exit(main())
