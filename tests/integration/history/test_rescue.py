"""A database that cannot even start is what a rewind is needed for most."""

from datetime import UTC

import pytest
from tests.daemon import House

from nacre.core.errors import NacreError


def test_a_branch_whose_postgres_cannot_start_is_rewound_and_the_undo_is_honest(house: House) -> None:
    house.call("project.create", name="shop")
    with house.connect("shop") as connection:
        connection.execute("CREATE TABLE numbers (n int)")
        connection.execute("INSERT INTO numbers VALUES (1)")
        moment = connection.execute("SELECT clock_timestamp()").fetchone()
        connection.execute("INSERT INTO numbers VALUES (2)")
    assert moment is not None
    house.down()
    (relation_map,) = house.home.glob("projects/shop/branches/main/postgres/*/data/global/pg_filenode.map")
    relation_map.write_bytes(b"nonsense")
    house.up()
    with pytest.raises(NacreError):
        house.call("sql.run", ref="shop", command="SELECT 1")

    rewound = house.call("rewind", ref="shop", moment=moment[0].astimezone(UTC).isoformat())

    assert rewound["transactions_undone"] == 1
    with house.connect("shop") as connection:
        assert connection.execute("SELECT n FROM numbers").fetchall() == [(1,)]
    house.call("undo", ref="shop")
    with house.connect("shop") as connection:
        assert connection.execute("SELECT n FROM numbers ORDER BY n").fetchall() == [(1,), (2,)]
