"""Whoever watches this Nacre from outside: whether it is ready, and its metrics for those who may read them."""

from prometheus_client.parser import text_string_to_metric_families
from tests.waiting import eventually

from .test_console_origin import token


def test_it_says_that_it_is_ready(console):
    answer = console.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "lacking": []})


def test_metrics_are_for_a_token(gated, console):
    assert console.get("/metrics").status_code == 401
    assert console.get("/metrics", headers={"Authorization": "Bearer nonsense"}).status_code == 401

    def told(role: str) -> set[str]:
        answer = console.get("/metrics", headers={"Authorization": f"Bearer {token(gated, role)}"})
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        return {family.name for family in text_string_to_metric_families(answer.text)}

    eventually(lambda: {"nacre_host_load1", "nacre_daemon_requests"} <= told("admin"))
    assert not [name for name in told("viewer") if name.startswith(("nacre_host", "nacre_daemon"))]


def test_the_systems_metrics_are_for_admins_and_have_a_row_a_look(gated, console):
    def asked(role: str):
        return console.get("/api/system/metrics?hours=1", headers={"Authorization": f"Bearer {token(gated, role)}"})

    assert asked("user").status_code == 403 and asked("viewer").status_code == 403
    eventually(lambda: asked("admin").json())
    first = asked("admin").json()[0]
    assert 0 <= first["cpu_usage_percent"] <= 100 and first["memory_alloc_mb"] > 10 and first["threads_count"] > 1
