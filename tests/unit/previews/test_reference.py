"""The reference of nacre.toml says what the model says."""

import re
from pathlib import Path

from nacre.previews.projectfile import Dev, parse

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "nacre-toml.md"


def test_every_key_is_told_as_the_model_describes_it():
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", PAGE.read_text(), re.MULTILINE))
    assert {name: rows.get(name) for name in Dev.model_fields} == {
        name: field.description for name, field in Dev.model_fields.items()
    }


def test_the_example_is_one():
    example = re.search(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert example is not None
    dev = parse(example[1]).dev
    assert dev.model_fields_set == set(Dev.model_fields)
