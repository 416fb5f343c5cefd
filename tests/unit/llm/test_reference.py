"""Every function of pg_llm says what it does, and all that there is can be found."""

import re

from nacre.llm.assembling import PG_LLM
from nacre.llm.compat import names
from nacre.surfaces.docs.pg_llm import compat_functions, functions


def test_every_function_of_the_schema_is_told_of() -> None:
    untold = [each.signature for each in (*functions(), *compat_functions()) if not each.about]
    assert not untold
    made = set(re.findall(r"^CREATE OR REPLACE (?:FUNCTION|AGGREGATE) llm\.(\w+)", PG_LLM.installing(), re.M))
    assert made == {each.name for each in functions()}
    assert {each.name for each in compat_functions()} == set(names())
