"""A notebook of the test's own in the house that its module shares."""

import re

import pytest
from tests.daemon import House
from tests.integration.history.notebook import Notebook


@pytest.fixture
def notebook(shared_house: House, request: pytest.FixtureRequest) -> Notebook:
    slug = re.sub("[^a-z0-9]+", "-", request.node.name.removeprefix("test_"))
    return Notebook.create(shared_house, slug[:39].strip("-"))
