"""Whoever watches this Nacre from outside: whether it is ready, and its metrics for those who may read them."""

from prometheus_client.parser import text_string_to_metric_families
from tests.integration.monitoring.products import (
    alertmanager,
    free_address,
    need_products,
    prometheus,
    victoria_metrics,
)
from tests.integration.monitoring.receiver import receiver
from tests.waiting import eventually

from .test_console_origin import token


def test_it_says_that_it_is_ready(console):
    answer = console.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "lacking": []})
    for path in ("/readyz", "/healthz"):  # as some watches ask
        answer = console.head(path)
        assert (answer.status_code, answer.content) == (200, b"")


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


def test_a_rule_that_holds_is_told_by_prometheus_and_alertmanager_as_well(gated, console, tmp_path):
    need_products()
    gated.call("alert.rule.set", rule="disk-low", below=2, hold=0)
    (tmp_path / "nacre.token").write_text(token(gated))
    address = free_address()
    with receiver() as hook:
        exported = ("monitoring", "export", "prometheus", str(tmp_path), "--every", "1", "--alertmanager", address)
        done = gated.run(*exported)
        assert done.returncode == 0, done.stderr
        again = gated.run(*exported)
        assert again.returncode == 1 and "already there" in again.stderr
        url = hook.address.replace("json://", "http://")
        for product in ("alertmanager", "victoriametrics"):
            for file in gated.call("monitoring.export", product=product, every=1, hook=url)["files"]:
                (tmp_path / file["name"]).write_text(file["text"])
        hurried = (tmp_path / "alertmanager.yml").read_text().replace("group_wait: 30s", "group_wait: 0s")
        (tmp_path / "alertmanager.yml").write_text(hurried)
        with alertmanager(tmp_path, address), prometheus(tmp_path) as there, victoria_metrics(tmp_path) as other:
            eventually(lambda: there.query("nacre_host_disk_free_bytes"), within_s=60)
            eventually(lambda: other.query("nacre_host_disk_free_bytes"), within_s=60)
            eventually(lambda: hook.got, within_s=60)
            (alert,) = hook.got[0]["alerts"]
            assert alert["labels"]["alertname"] == "disk-low"
            assert alert["annotations"]["summary"] == "The disk is filling up"
            assert alert["annotations"]["runbook_url"] == f"{console.base_url}/monitoring/runbook/disk-low"
            told = there.get("/api/v1/rules")["data"]["groups"]
            assert not [rule for group in told for rule in group["rules"] if rule["health"] not in ("ok", "unknown")]
    gated.call("alert.rule.reset", rule="disk-low")
