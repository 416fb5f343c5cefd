"""Estimates are read off plans: every call once, by the rows that really reach it."""

from typing import Any

from nacre.llm.sets.estimating import Calls, estimate

INLINED = "CASE WHEN (body IS NOT NULL) THEN (llm_private.call('classify'::text, json_build_object(body)) ->> 0) END"
LENGTHS = {"body": (400.0, 400.0), "m.body": (30.0, 90.0), "rows of m": (1000.0, 0.0)}


def node(kind: str, rows: int, *below: dict[str, Any], **more: Any) -> dict[str, Any]:
    plans = [{"Parent Relationship": "Outer"} | each for each in below]
    return {"Node Type": kind, "Plan Rows": rows} | ({"Plans": plans} if plans else {}) | more


def test_a_call_that_nodes_above_show_again_is_counted_where_it_is_made():
    plan = node("Sort", 100, node("Seq Scan", 100, Output=["id", INLINED]), Output=["id", f"({INLINED})"])
    assert estimate(plan, LENGTHS) == [Calls("classify", 100, 100 * 160, 100 * 20)]


def test_a_limit_reaches_through_what_streams_and_not_through_a_sort():
    scan = node("Seq Scan", 100, Output=["llm.chat(body)"])
    assert estimate(node("Limit", 5, scan), LENGTHS)[0].calls == 5
    assert estimate(node("Limit", 5, node("Sort", 100, scan)), LENGTHS)[0].calls == 100


def test_a_filter_is_asked_of_every_row_of_the_table_and_chinese_has_more_tokens():
    plan = node("Seq Scan", 200, Alias="m", Filter="llm.filter(m.body, 'is it?'::text)")
    (calls,) = estimate(plan, LENGTHS)
    assert (calls.calls, calls.input_tokens) == (1000, round(1000 * (60 + 6 / 4 + 30 / 1.5)))
    assert estimate(node("Limit", 10, plan), LENGTHS)[0].calls == 50


def test_the_inner_side_of_a_loop_is_asked_in_every_turn_and_an_aggregate_reads_all_its_rows():
    inner = node("Index Scan", 1, Output=["llm.embed(body)"]) | {"Parent Relationship": "Inner"}
    assert estimate(node("Nested Loop", 30, node("Seq Scan", 30), inner), LENGTHS)[0].calls == 30
    plan = node("Aggregate", 4, node("Seq Scan", 80), Output=["llm.summarize_agg(body)"])
    assert estimate(plan, LENGTHS) == [Calls("summarize_agg", 4, 4 * 60 + 80 * 100, 4 * 220)]


def test_what_only_looks_like_a_call_is_none():
    assert estimate(node("Result", 1, Output=["'llm.chat(body)'::text", "llm.models()"]), {}) == []
