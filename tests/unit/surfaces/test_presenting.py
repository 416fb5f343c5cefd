import io
from typing import Any

import pytest
from rich.console import Console

from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.operations import KindShown
from nacre.surfaces.cli.present import (
    app_cron,
    ask_database,
    audit_list,
    created,
    llm_audit,
    llm_chat,
    llm_model_add,
    llm_model_list,
    llm_search,
    log,
    monitoring_chart,
    monitoring_kinds,
    monitoring_now,
    system_status,
    token_list,
)
from nacre.surfaces.cli.present.generic import show
from nacre.surfaces.cli.present.rewind import present as present_rewind
from nacre.surfaces.cli.present.units import duration, in_words, size


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0421, "42 ms"),
        (3.14, "3.1 s"),
        (59.96, "60.0 s"),
        (125, "2 min 5 s"),
        (11400, "3 h 10 min"),
        (187200, "2 d 4 h"),
    ],
)
def test_durations_read_as_people_say_them(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1200, "1.2 kB"), (250e6, "250 MB"), (3.2e12, "3.2 TB")],
)
def test_sizes_read_as_people_say_them(size_bytes, words):
    assert size(size_bytes) == words


def test_units_come_from_the_names():
    assert in_words("wal_bytes", 2_000_000) == "2.0 MB"
    assert in_words("seconds", 0.5) == "500 ms"
    assert in_words("downtime_seconds", 2) == "2.0 s"
    assert in_words("coats", 2) == "2"
    assert in_words("fast", True) == "yes"
    assert in_words("note", None) == "–"
    assert in_words("projects", ["a", "b"]) == "a, b"


def shown(answer):
    text = io.StringIO()
    show(answer, Console(file=text, width=100, highlight=False))
    return text.getvalue()


def test_a_record_is_pairs_and_its_lists_are_tables():
    text = shown({"name": "shop", "size_bytes": 10, "branches": [{"ref": "shop", "note": None}]})
    assert [line.split() for line in text.splitlines()] == [
        ["name", "shop"],
        ["size", "10", "bytes"],
        [],
        ["branches"],
        ["ref"],
        ["shop"],
    ]


def test_an_empty_list_says_so():
    assert shown({"tokens": []}) == "No tokens.\n"
    assert shown([]) == "None.\n"


def test_text_that_looks_like_markup_is_shown_as_it_is():
    assert "[red]x" in shown({"label": "[red]x"})
    assert "[/]" in shown([{"label": "[/]"}])


def test_a_rewind_tells_what_was_reached_undone_and_paid():
    answer = {
        "asked": "2026-01-31T10:42:00.208198Z",
        "reached": "2026-01-31T10:41:59.991800Z",
        "lsn": "0/2030E28",
        "exact": True,
        "storage": {"kind": "copy", "copy_on_write": False, "bytes_copied": 30_713_970},
        "seconds": 0.635,
        "downtime_seconds": 0.07,
        "transactions_undone": 1,
        "files_changed": 2,
        "phases": {"clone": 0.342, "downtime": 0.07},
        "dry_run": False,
    }
    text = io.StringIO()
    present_rewind(answer, Console(file=text, width=60))
    assert text.getvalue().splitlines() == [
        "Rewound to 2026-01-31T10:42:00.208Z; the last transaction in it ended at 2026-01-31T10:41:59.991Z",
        "  1 transaction undone, 2 files or folders changed",
        "  635 ms in all, connections failed for 70 ms (clone 342 ms)",
        "  30.7 MB copied: this disk cannot share blocks (`nacre doctor` tells what can)",
        "  `nacre undo` takes it back",
        "  LSN 0/2030E28, database and files exactly as they were together",
    ]
    text = io.StringIO()
    present_rewind(answer | {"dry_run": True}, Console(file=text, width=60))
    assert text.getvalue().startswith("Would rewind to ")
    assert "takes it back" not in text.getvalue()


def printed(presenter, answer):
    text = io.StringIO()
    presenter(answer, Console(file=text, width=60, highlight=False))
    return [line.rstrip() for line in text.getvalue().splitlines()]


def test_a_connection_string_is_never_wrapped():
    url = "postgresql://shop:" + "x" * 32 + "@127.0.0.1:54320/shop"
    answer = {"ref": "shop", "files_path": "/" + "f" * 70, "database_url": url, "seconds": 1.2, "reached": None}
    lines = printed(lambda answer, console: created.show(answer, console, ""), answer)
    assert lines == ["shop is ready (1.2 s)", f"  files     /{'f' * 70}", f"  database  {url}"]


def test_the_log_says_what_an_entry_is_about():
    entry = {"id": 4, "kind": "undo", "time": "2026-01-31T10:42:00Z", "label": None, "who": "owner:owner"}
    assert printed(log.present, [entry | {"detail": {"undid": 3, "only": None}}]) == [
        "#4  undo  2026-01-31T10:42:00Z  of #3  owner:owner"
    ]
    assert "shop:try-x" in printed(log.present, [entry | {"kind": "branch", "detail": {"ref": "shop:try-x"}}])[0]
    assert "files only" in printed(log.present, [entry | {"kind": "rewind", "detail": {"only": "files"}}])[0]


def test_an_empty_home_shows_the_next_step():
    status = {
        "version": "0.1.0",
        "home": "/home",
        "listening": "http://127.0.0.1:8420",
        "uptime_seconds": 2.0,
        "pid": 1,
        "memory_bytes": 90e6,
        "disk_free_bytes": 5e9,
        "storage": "copy",
        "copy_on_write": False,
        "database": "sound",
        "gateway": None,
        "models": {"state": "asleep"},
        "branches": [],
        "workspaces": [],
    }
    assert "nacre project create shop" in " ".join(printed(system_status.present, status))


def test_tokens_tell_whether_they_still_work():
    token = {"id": 1, "name": "x", "kind": "agent", "role": "user", "projects": None, "last_used_at": None}
    token["person"] = "ann"
    dead = token | {"revoked_at": "2026-01-31T10:42:00Z", "expires_at": None}
    lives = token | {"revoked_at": None, "expires_at": None}
    text = " ".join(" ".join(printed(token_list.present, [dead, lives])).split())
    assert "revoked" in text
    assert "until revoked" in text


def test_a_failed_call_stands_in_the_audit_with_its_code():
    entry = {
        "id": 7,
        "time": "2026-01-31T10:42:00Z",
        "who": "agent:x",
        "operation": "rewind",
        "arguments": {"ref": "shop"},
        "outcome": "failed",
        "code": "bad-moment",
    }
    assert printed(audit_list.present, [entry]) == [
        "7  2026-01-31T10:42:00Z  agent:x  rewind  ref shop  failed (bad-moment)"
    ]


def test_a_table_of_nacre_toml_is_named_with_its_brackets():
    text = io.StringIO()
    app_cron.present([], Console(file=text, width=100))
    assert "under [cron]." in text.getvalue()


def test_a_search_says_how_each_hit_was_found_and_why_there_is_none():
    text = io.StringIO()
    console = Console(file=text, width=100, highlight=False)
    hit = {"key": [2], "chunk": "The old observatory", "vector_rank": 1, "text_rank": None}
    llm_search.present({"hits": [hit], "nothing": None, "embed_s": 0.016, "seconds": 0.037}, console)
    llm_search.present({"hits": [], "nothing": "no rows", "embed_s": 0.016, "seconds": 0.037}, console)
    assert text.getvalue().splitlines() == [
        "1  [2]  1. by meaning",
        "   The old observatory",
        "(1 hit, 37 ms, 16 ms of it for the vector of the query)",
        "The table has no rows with text yet.",
        "(0 hits, 37 ms, 16 ms of it for the vector of the query)",
    ]


MODEL: dict[str, Any] = {
    "name": "gpt", "kind": "chat", "provider": "openai", "model": "gpt-x", "base_url": None, "tiers": [],
    "has_key": True, "default": True, "shared": True, "state": "paused", "until": "2026-11-28T04:05:06+00:00",
    "options": {"concurrency": None, "input_price": 0.5, "output_price": 2.0, "provider": {}},
}  # fmt: skip


def test_a_question_is_answered_by_rows_first_and_the_sql_they_come_from():
    text = io.StringIO()
    answer = {
        "columns": ["city", "n"], "rows": [{"city": "Ulm", "n": 3}, {"city": None, "n": 1}], "more": True,
        "agreement": "2/3", "sql": "SELECT city, count(*) AS n FROM customer GROUP BY 1", "explanation": "Counts.",
    }  # fmt: skip
    ask_database.present(answer, Console(file=text, width=100, highlight=False))
    assert text.getvalue().splitlines() == [
        "city  n",
        "Ulm   3",
        "NULL  1",
        "(the first 2 rows; 2/3 candidates agree)",
        "",
        "SELECT city, count(*) AS n FROM customer GROUP BY 1",
        "Counts.",
    ]


def test_models_say_what_they_ask_what_it_costs_and_how_they_stand():
    chain = MODEL | {"name": "best", "tiers": [["gpt", "also"], ["llama"]], "state": "ready", "until": None,
                     "default": False, "options": {}}  # fmt: skip
    wide = Console(file=io.StringIO(), width=200)
    llm_model_list.present([MODEL, chain], wide)
    shown = wide.file.getvalue()  # type: ignore[attr-defined]
    assert "gpt (default)" in shown and "0.5 in, 2 out" in shown and "paused until 04:05:06" in shown
    assert "gpt or also, then llama" in shown
    assert "`nacre llm model test gpt`" in " ".join(printed(llm_model_add.present, MODEL))


def test_what_a_call_took_is_told_in_a_line():
    said = {"model": "gpt", "cached": False, "seconds": 1.2, "input_tokens": 1, "output_tokens": 1200,
            "cost_usd": 0.00042, "finish": "length", "request_id": "019a"}  # fmt: skip
    shown = " ".join(printed(llm_chat.present, said))
    assert "gpt · 1.2 s · 1 token in, 1,200 out · $0.00042 · cut off at the limit of tokens · 019a" in shown
    call = said | {"at": "2026-11-28T04:05:06.123456Z", "person": None, "role": "ann", "site": "shop:main",
                   "purpose": "chat", "asked": "gpt", "outcome": "failed", "error": "rate-limited",
                   "cache": None}  # fmt: skip
    assert "ann in shop:main  chat  gpt  failed (rate-limited)" in "".join(printed(llm_audit.present, [call]))


def test_what_is_measured_is_shown_whatever_it_is_of():
    def measured(kind, **numbers):
        return {"kind": kind, "label": "shop", "numbers": dict.fromkeys(KINDS[kind].places) | numbers}

    def shown(*answer):
        console = Console(file=io.StringIO(), width=200)
        monitoring_now.present(list(answer), console)
        return console.file.getvalue()  # type: ignore[attr-defined]

    history = measured("history", window=187200.0, log_size=48e6, bases=12.0)
    alone = shown(history)
    assert "2 d 4 h" in alone and "48.0 MB" in alone and "archive lag" in alone and "–" in alone
    together = shown(measured("cluster", up=1.0, connections=7.0), history)
    assert "shop" in together and "`nacre monitoring now` with history" in together
    apps = shown(measured("app", wanted=1.0, up=0.0, release=3.0, memory=5e6), measured("app", wanted=0.0, up=0.0))
    assert "shop (does not run)" in apps and "5.0 MB" in apps and apps.count("does not run") == 1


def test_what_is_measured_is_listed_a_measure_a_line():
    told = [KindShown.model_validate(kind, from_attributes=True).model_dump() for kind in KINDS.values()]
    console = Console(file=io.StringIO(), width=120)
    monitoring_kinds.present(told, console)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert "cluster  by branch" in lines
    assert any(line.split()[:2] == ["memory_available", "bytes"] for line in lines)
    assert any("disk_read" in line and "bytes, counted up" in line for line in lines)


def test_a_chart_is_drawn_and_its_gaps_are_gaps():
    def shown(*mean: float | None, rate: bool = False) -> str:
        console = Console(file=io.StringIO(), width=120)
        line = {"kind": "cluster", "label": "shop", "measure": "size", "unit": "bytes", "rate": rate,
                "help": "On disk.", "times": [1795892557093 + 60_000 * at for at in range(len(mean))],
                "mean": list(mean), "least": list(mean), "greatest": list(mean)}  # fmt: skip
        monitoring_chart.present([line], console)
        return console.file.getvalue()  # type: ignore[attr-defined]

    told = shown(0.0, 4e6, None, 8e6)
    assert "shop  size" in told and "▁▅ █" in told and "2026-11-28 19:02:37 UTC … 2026-11-28 19:05:37 UTC" in told
    assert "last 8.0 MB, mean 4.0 MB, least 0 bytes, greatest 8.0 MB" in told
    assert "last 8.0 MB/s" in shown(8e6, rate=True) and "▁▁" in shown(0.0, 0.0)
    assert "Nothing of this was measured" in shown(None, None)
