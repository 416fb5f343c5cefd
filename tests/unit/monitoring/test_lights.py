from hypothesis import given
from hypothesis import strategies as st

from nacre.monitoring.alerts.rules import Level
from nacre.monitoring.alerts.states import Stage
from nacre.monitoring.health.headlines import HEADLINES
from nacre.monitoring.health.judging import Light, light_of, worst

ALERTS = st.lists(st.tuples(st.sampled_from(Level), st.sampled_from(Stage)))


@given(ALERTS, st.tuples(st.sampled_from(Level), st.sampled_from(Stage)), st.booleans())
def test_one_more_alert_never_makes_it_better(alerts, another, measured):
    assert light_of([*alerts, another], measured).rank >= light_of(alerts, measured).rank


@given(ALERTS)
def test_it_is_bad_only_while_something_critical_fires(alerts):
    assert (light_of(alerts, measured=True) is Light.BAD) == ((Level.CRITICAL, Stage.FIRING) in alerts)


@given(ALERTS)
def test_what_is_not_measured_is_never_called_well(alerts):
    assert light_of(alerts, measured=False) in (Light.UNKNOWN, Light.BAD)


def test_what_only_informs_is_no_trouble():
    assert light_of([(Level.INFO, Stage.FIRING)], measured=True) is Light.GOOD


@given(st.lists(st.sampled_from(Light)))
def test_the_whole_is_as_its_worst_part(lights):
    assert worst(lights) is (max(lights, key=lambda light: light.rank) if lights else Light.UNKNOWN)


def test_every_headline_speaks_of_what_is_measured():
    for headlines in HEADLINES.values():
        assert len({one.name for one in headlines}) == len(headlines)
        for one in headlines:
            assert one.read.text
