"""Looks at the past from many sides at once."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from tests.daemon import house_on


@pytest.mark.root
def test_views_that_come_and_go_show_their_own_moment():
    """More moments than are kept warm, so that views of the same moment are let go of and asked for at once."""
    luck = random.Random(1)
    with house_on("btrfs") as house:
        house.call("project.create", name="shop")
        moments: list[str] = []
        with house.connect("shop") as connection:
            connection.execute("CREATE TABLE numbered (n integer)")
            for number in range(7):
                connection.execute("INSERT INTO numbered VALUES (%s)", [number])
                moments.append(datetime.now(UTC).isoformat())

        def look(number: int) -> int:
            answer = house.call("sql.run", ref="shop", command="SELECT count(*) FROM numbered", at=moments[number])
            return int(answer["rows"][0][0]) - 1

        asked = [luck.randrange(len(moments)) for _ in range(80)]
        with ThreadPoolExecutor(6) as pool:
            assert list(pool.map(look, asked)) == asked
