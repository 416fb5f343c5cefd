"""Collections take turns at the model, and what an error means for those that wait, as rules."""

from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import Conflict, InvalidInput, NacreError, TooOften, Unavailable
from nacre.knowledge.ingestion.troubles import MOST_ATTEMPTS, Trouble, pause_s, tried, trouble_of
from nacre.knowledge.ingestion.turns import Turns

SLICE = 256


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(1, SLICE)), max_size=300))
def test_of_those_that_always_have_something_to_do_none_gets_a_slice_more_than_another(
    steps: list[tuple[int, bool, int]],
) -> None:
    """Collections come and go meanwhile; 5 and 6 always wait."""
    turns, done, present = Turns(), {5: 0, 6: 0}, {5, 6}
    for one in present:
        turns.begin(one)
    for collection, comes, much in steps:
        if comes:
            turns.begin(collection)
            present.add(collection)
        elif collection in present:
            turns.end(collection)
            present.discard(collection)
        chosen = turns.next(present)
        assert chosen is not None
        turns.charge(chosen, much)
        if chosen in done:
            done[chosen] += much
        assert abs(done[5] - done[6]) <= SLICE


@given(st.integers(1, 1000), st.integers(1, SLICE))
def test_one_that_comes_late_neither_waits_for_what_others_had_nor_has_it_made_up_to_it(before: int, much: int) -> None:
    turns = Turns()
    turns.begin(1)
    for _ in range(before):
        turns.charge(1, much)
    turns.begin(2)
    served = []
    for _ in range(6):
        chosen = turns.next((1, 2))
        assert chosen is not None
        served.append(chosen)
        turns.charge(chosen, much)
    assert served == [1, 2, 1, 2, 1, 2]


def test_what_an_error_means() -> None:
    def of(error: type[NacreError], code: str) -> Trouble:
        return trouble_of(error(code, "…"))

    assert of(InvalidInput, "document-broken") is of(InvalidInput, "context-too-long") is Trouble.DOCUMENT
    assert of(Unavailable, "provider-timeout") is Trouble.ATTEMPT
    assert of(TooOften, "rate-limited") is of(Unavailable, "provider-down") is Trouble.PROVIDER
    assert of(Conflict, "key-refused") is of(Conflict, "model-changed") is Trouble.COLLECTION
    assert of(Conflict, "budget-spent") is Trouble.PERSON


@given(st.integers(1, 10_000))
def test_pauses_grow_up_to_a_quarter_of_an_hour_and_are_what_the_provider_said_at_least(times: int) -> None:
    assert 10 <= pause_s(times) <= pause_s(times + 1) <= 900
    assert pause_s(times, TooOften("rate-limited", "…", wait_s=3600)) == 3600
    assert tried(times).fails == (times >= MOST_ATTEMPTS)
