"""What the console says of monitoring fits what is measured: a chart of what is not would silently be left out."""

import re

import pytest
from tests.unit.docs.pages import ROOT

from nacre.monitoring.health.headlines import HEADLINES
from nacre.monitoring.measures.kinds import KINDS

PANELS = (ROOT / "console/src/modules/monitoring/panels.ts").read_text()
DASHBOARDS = PANELS[PANELS.index("export const DASHBOARDS") :]
_OF_KIND = re.compile(r"^  (\w+): \[(.*?)\],\n(?=  \w+: \[|};)", re.DOTALL | re.MULTILINE)
_MEASURES = re.compile(r'line\("(\w+)"\)|made\("\w+", \[([^]]+)\]|used\("\w+", ([^)]+)\)')


@pytest.mark.parametrize(("kind", "panels"), _OF_KIND.findall(DASHBOARDS[: DASHBOARDS.index("\n};") + 3]))
def test_every_chart_is_of_what_is_measured(kind: str, panels: str) -> None:
    named = {name for found in _MEASURES.findall(panels) for part in found for name in re.findall(r"\w+", part)}
    assert named or "REQUESTS" in panels
    assert named - set(KINDS[kind].places) == set()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_kind_and_every_number_at_a_glance_has_its_words(language: str) -> None:
    words = (ROOT / f"console/src/i18n/{language}/monitoring.ts").read_text()
    for kind in KINDS:
        assert f"      {kind}: {{ one: " in words
    figures = words[words.index("figures: {") :]
    for name in {one.name for headlines in HEADLINES.values() for one in headlines}:
        assert f'      "{name}": ' in figures or f"      {name}: " in figures
