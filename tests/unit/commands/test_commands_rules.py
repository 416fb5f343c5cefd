"""Commands: what their parameters take, and that each word stays one argument."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nacre.commands.parameters import Parameter, read_values
from nacre.commands.template import check_template, fill
from nacre.core.errors import InvalidInput

TEXT = Parameter(name="text")
COUNT = Parameter(name="count", kind="integer", least=1, most=10, default="3")
WHERE = Parameter(name="where", kind="choice", choices=["here", "there"])
FILE = Parameter(name="file", kind="path")


def test_values_are_read_and_defaults_filled_in():
    assert read_values([TEXT, COUNT], ["text=a=b"]) == {"text": "a=b", "count": "3"}


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (COUNT, "0"), (COUNT, "11"), (COUNT, "3.5"), (COUNT, "٣"), (COUNT, ""), (WHERE, "elsewhere"), (FILE, "../x"),
        (FILE, "a/../../b"), (TEXT, "a\0b"), (TEXT, "a" * 1001), (Parameter(name="id", pattern="[a-z]+"), "abc1"),
        (Parameter(name="id", pattern="[a-z]+"), "abc\n"), (Parameter(name="id", pattern="a|b"), "ab"),
    ],
)  # fmt: skip
def test_values_that_do_not_fit_are_refused(parameter, value):
    with pytest.raises(InvalidInput):
        read_values([parameter], [f"{parameter.name}={value}"])


@pytest.mark.parametrize("given", [["other=1"], ["text"], ["text=1", "text=2"], []])
def test_what_is_no_parameter_or_missing_is_refused(given):
    with pytest.raises(InvalidInput):
        read_values([TEXT], given)


@pytest.mark.parametrize(
    "facts",
    [{"pattern": "("}, {"pattern": "(?=x)"}, {"kind": "choice"}, {"kind": "path", "most": 3}, {"name": "A"},
     {"choices": ["x"]}],
)  # fmt: skip
def test_parameters_that_make_no_sense_are_refused(facts):
    with pytest.raises(ValidationError):
        Parameter.model_validate({"name": "x", **facts})


def test_a_pattern_made_to_run_for_ever_does_not():
    with pytest.raises(InvalidInput):
        read_values([Parameter(name="x", pattern="(a+)+b")], ["x=" + "a" * 1000])


@pytest.mark.parametrize(
    "argv", [["{text}"], ["run"], ["run", "{other}"], ["run", "{"], ["run", "{text} }"], [""], ["a{text}b"]]
)
def test_templates_whose_places_do_not_match_are_refused(argv):
    with pytest.raises(InvalidInput):
        check_template(argv, [TEXT])


def test_two_parameters_of_one_name_are_refused():
    with pytest.raises(InvalidInput):
        check_template(["run", "{text}"], [TEXT, TEXT])


@given(st.text(st.characters(codec="utf-8"), max_size=50).filter(lambda text: not text.startswith("-")))
def test_a_word_stays_one_argument_whatever_its_value_holds(value):
    argv = ["printf", "%s", "{text}", "--name={text}", "{{text}}"]
    check_template(argv, [TEXT])
    assert fill(argv, [TEXT], {"text": value}) == ["printf", "%s", value, f"--name={value}", "{text}"]


def test_no_value_becomes_an_option():
    with pytest.raises(InvalidInput):
        fill(["rm", "{text}"], [TEXT], {"text": "-rf"})
    assert fill(["cat", "{file}"], [FILE], {"file": "-rf"}) == ["cat", "./-rf"]
    assert fill(["x", "--by={text}"], [TEXT], {"text": "-1"}) == ["x", "--by=-1"]
    assert fill(["x", "{count}"], [Parameter(name="count", kind="integer")], {"count": "-1"}) == ["x", "-1"]
