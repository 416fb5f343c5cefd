"""Makes the files for each product, and says what to do with them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from nacre.core.errors import InvalidInput
from nacre.core.operations import Answer
from nacre.monitoring.alerts.rules import Rule
from nacre.monitoring.export import alertmanager, prometheus
from nacre.monitoring.export.dashboards import dashboard
from nacre.monitoring.export.place import AUTHORITY_FILE, Place
from nacre.monitoring.export.written import yaml_of
from nacre.monitoring.measures.kinds import KINDS

Product = Literal["prometheus", "alertmanager", "victoriametrics", "grafana"]

_RULES = "The rules of this Nacre as they were when this was written. They mean the same here."
_SCRAPE = "Whom to ask for the numbers of this Nacre."


class ExportedFile(Answer):
    """`name` may have folders in it."""

    name: str
    text: str


class Exported(Answer):
    """Files to lie in one folder, and what to do with them, in order."""

    files: list[ExportedFile]
    steps: list[str]


@dataclass(frozen=True)
class Wish:
    """What the caller chose: how often to look, where a token lies on the other machine (None: as it fits), where
    Alertmanager and its web hook are."""

    every_s: int
    token_file: str | None
    alertmanager: str
    hook: str


@dataclass(frozen=True)
class Exporter:
    """`rules` gives those that hold now."""

    place: Place
    rules: Callable[[], Sequence[Rule]]

    def export(self, product: Product, wish: Wish) -> Exported:
        """Raises InvalidInput "no-certificate": Nacre signs its own and has not made it yet."""
        rules = [rule for rule in self.rules() if rule.enabled]
        match product:
            case "prometheus":
                return self._prometheus(rules, wish)
            case "victoriametrics":
                return self._victoriametrics(rules, wish)
            case "alertmanager":
                return _alertmanager(rules, wish)
            case "grafana":
                return _grafana(self.place, rules)

    def _prometheus(self, rules: Sequence[Rule], wish: Wish) -> Exported:
        token_file = self._token_file(wish)
        document = prometheus.configuration(self.place, wish.every_s, token_file, wish.alertmanager)
        return Exported(
            files=[
                ExportedFile(name="prometheus.yml", text=yaml_of(document, _SCRAPE)),
                self._rules_file(rules),
                *self._authority(),
            ],
            steps=[
                *_token_steps(token_file),
                "promtool check config prometheus.yml",
                "prometheus --config.file=prometheus.yml",
            ],
        )

    def _victoriametrics(self, rules: Sequence[Rule], wish: Wish) -> Exported:
        token_file = self._token_file(wish)
        document = {"scrape_configs": prometheus.scraping(self.place, wish.every_s, token_file)}
        return Exported(
            files=[
                ExportedFile(name="promscrape.yml", text=yaml_of(document, _SCRAPE)),
                self._rules_file(rules),
                *self._authority(),
            ],
            steps=[
                *_token_steps(token_file),
                "victoria-metrics -promscrape.config=promscrape.yml",
                f"vmalert -rule={prometheus.RULES_FILE} -datasource.url=http://localhost:8428 "
                f"-remoteWrite.url=http://localhost:8428 -notifier.url=http://{wish.alertmanager}",
            ],
        )

    def _rules_file(self, rules: Sequence[Rule]) -> ExportedFile:
        return ExportedFile(name=prometheus.RULES_FILE, text=yaml_of(prometheus.rule_groups(self.place, rules), _RULES))

    def _token_file(self, wish: Wish) -> str:
        """Whoever has a network that needs no token has named Prometheus's in it."""
        if wish.token_file is not None:
            return wish.token_file
        return "" if self.place.open else "nacre.token"

    def _authority(self) -> list[ExportedFile]:
        path = self.place.authority
        if path is None:
            return []
        try:
            return [ExportedFile(name=AUTHORITY_FILE, text=path.read_text())]
        except FileNotFoundError:
            raise InvalidInput(
                "no-certificate", "The certificate of this Nacre is not there yet.",
                hint="The gateway makes it when it starts: `nacre status` says whether it runs.",
            ) from None  # fmt: skip


def _grafana(place: Place, rules: Sequence[Rule]) -> Exported:
    files = [
        ExportedFile(
            name=f"nacre-{kind.name}.json",
            text=json.dumps(dashboard(place, kind, rules), indent=2, ensure_ascii=False) + "\n",
        )
        for kind in KINDS.values()
    ]
    return Exported(
        files=files,
        steps=[
            "In Grafana: Dashboards, New, Import, each of these files.",
            "Above each of them choose the Prometheus that asks this Nacre.",
        ],
    )


def _alertmanager(rules: Sequence[Rule], wish: Wish) -> Exported:
    document = alertmanager.configuration(rules, wish.hook)
    return Exported(
        files=[ExportedFile(name="alertmanager.yml", text=yaml_of(document, alertmanager.ABOUT))],
        steps=["amtool check-config alertmanager.yml", "alertmanager --config.file=alertmanager.yml"],
    )


def _token_steps(token_file: str) -> list[str]:
    if not token_file:
        return []
    return [f"`nacre token create prometheus --role admin` shows a token: write it, and nothing else, to {token_file}."]
