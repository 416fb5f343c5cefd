"""What Alertmanager is told: what comes as one message, how often, and what says the same as something worse. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from nacre.core.errors import InvalidInput
from nacre.monitoring.alerts.rules import Rule
from nacre.monitoring.export.place import JOB
from nacre.monitoring.export.promql import value
from nacre.monitoring.measures.kinds import KINDS

ABOUT = """How alerts of this Nacre reach people: `receivers` says where. Other forms than a web hook, as mail, Slack or
WeCom: https://prometheus.io/docs/alerting/latest/configuration/#receiver"""

_HOOK = re.compile(
    r"https?://([\w.~!$&'()*+,;=%:-]+@)?([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?([/?#][^\x00-\x20\x7f]*)?",
    re.ASCII | re.IGNORECASE,
)
_BAD_ESCAPE = re.compile(r"%(?![0-9a-f]{2})", re.IGNORECASE)


def check_hook(hook: str) -> None:
    """Alertmanager does not begin with a configuration whose address it cannot read. Raises InvalidInput
    "bad-address"."""
    if not _HOOK.fullmatch(hook) or _BAD_ESCAPE.search(hook):
        raise InvalidInput(
            "bad-address",
            "This is no address of a web hook that Alertmanager could tell.",
            hint="Write it like https://host:8080/path, with % only before two hexadecimal digits.",
        )


def configuration(rules: Sequence[Rule], hook: str) -> dict[str, Any]:
    """All of alertmanager.yml: at Nacre's own pace, once when something begins, every four hours, and when it is over.

    `hook` is the web hook that is told; without one nobody is, until the receiver is filled in.
    """
    people: dict[str, Any] = {"name": "people"}
    if hook:
        people["webhook_configs"] = [{"url": hook, "send_resolved": True}]
    return {
        "route": {
            "receiver": "people",
            "group_by": ["job", "kind"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "4h",
            "routes": [
                {"matchers": ['severity="critical"'], "receiver": "people", "group_wait": "10s", "group_interval": "1m"}
            ],
        },
        "inhibit_rules": list(_inhibitions(rules)),
        "receivers": [people],
    }


def _inhibitions(rules: Sequence[Rule]) -> Iterator[dict[str, Any]]:
    """Of rules that look at the same, the worst is told alone; and of a Nacre that is gone, nothing else."""
    for worse in rules:
        same = [
            rule.name
            for rule in rules
            if rule.kind == worse.kind and rule.level.rank < worse.level.rank and value(rule) == value(worse)
        ]
        if same:
            label = KINDS[worse.kind].label
            yield {
                "source_matchers": [f'alertname="{worse.name}"'],
                "target_matchers": [f'alertname=~"{"|".join(same)}"'],
                "equal": ["instance", *([label] if label else [])],
            }
    yield {
        "source_matchers": ['alertname="nacre-gone"'],
        "target_matchers": [f'job="{JOB}"', 'alertname!="nacre-gone"'],
        "equal": ["instance"],
    }
