"""Every function of pg_llm says what it does, and all that there is can be found."""

import re

from nacre.llm.assembling import VERSIONS, extension, installing, migrating
from nacre.surfaces.docs.pg_llm import functions


def test_every_function_of_the_schema_is_told_of() -> None:
    untold = [each.signature for each in functions() if not each.about]
    assert not untold
    made = set(re.findall(r"^CREATE OR REPLACE (?:FUNCTION|AGGREGATE) llm\.(\w+)", installing(), re.M))
    assert made == {each.name for each in functions()}


def test_an_upgrade_makes_whatever_an_installation_makes() -> None:
    """All migrations, and all functions, whichever one comes from."""
    whole = migrating(0)
    for script in (installing(), *extension().values()):
        for made in re.findall(r"^CREATE (?:TABLE|OR REPLACE FUNCTION|OR REPLACE VIEW) (llm\w*\.\w+)", script, re.M):
            assert made in whole, made
    assert extension().keys() >= {"pg_llm.control", f"pg_llm--{VERSIONS[-1].name}.sql"}
