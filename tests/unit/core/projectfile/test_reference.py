"""The reference of nacre.toml says what the model says."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from nacre.core.projectfile.dev import Dev
from nacre.core.projectfile.file import parse
from nacre.core.projectfile.publish import Publish

PAGE = (Path(__file__).parents[4] / "docs" / "reference" / "nacre-toml.md").read_text()


@pytest.mark.parametrize(("name", "table"), [("dev", Dev), ("publish", Publish)])
def test_every_key_is_told_as_the_model_describes_it(name: str, table: type[BaseModel]):
    section = PAGE.split(f"\n## [{name}]\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", section, re.MULTILINE)
    told = [row for row in rows if row[0].islower()]
    assert told == [(key, field.description) for key, field in table.model_fields.items()]


def test_the_examples_together_name_every_key():
    file = parse("\n".join(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)))
    assert file.dev.model_fields_set == set(Dev.model_fields)
    # Pages that are finished are not started, and each of the two has an example of its own below the table.
    assert file.publish.model_fields_set == set(Publish.model_fields) - {"static"}
    assert list(file.cron) == ["*/15 * * * *", "@daily"]
