"""What the daemon does in a person's database never runs that person's code with more rights than theirs."""

from collections.abc import Iterator

import pytest
from tests.daemon import House, house_on

TRAP = """
CREATE SCHEMA trap;
CREATE TABLE trap.sprung (who text, superuser text);
CREATE FUNCTION trap.spring(seen bigint) RETURNS bigint LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO trap.sprung VALUES (current_user, current_setting('is_superuser'));
        RETURN seen + 1;
    END
$$;
CREATE AGGREGATE trap.count(*) (SFUNC = trap.spring, STYPE = bigint, INITCOND = '0');
CREATE FUNCTION trap.spring(seen boolean, next boolean) RETURNS boolean LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM trap.spring(1);
        RETURN true;
    END
$$;
CREATE AGGREGATE trap.bool_or(boolean) (SFUNC = trap.spring, STYPE = boolean);
CREATE TABLE public.bait AS SELECT 1 AS n;
ALTER DATABASE shop SET search_path = trap, pg_catalog, public;
"""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with house_on("copy") as house:
        house.call("project.create", name="shop")
        with house.connect("shop") as connection:
            connection.execute(TRAP)
        yield house


def springers(house: House) -> set[tuple[str, str]]:
    with house.connect("shop") as connection:
        return set(connection.execute("SELECT who, superuser FROM trap.sprung").fetchall())


def test_a_search_path_of_the_persons_gets_no_superuser_by_a_diff(house: House):
    house.call("branch.create", ref="shop", name="try")
    house.call("branch.diff", a="shop", b="shop:try")
    assert springers(house) <= {("shop", "off")}


def test_a_search_path_of_the_persons_gets_no_superuser_by_an_extension(house: House):
    house.call("extension.enable", ref="shop", extension="cube")
    assert springers(house) <= {("shop", "off")}
    with house.connect("shop") as connection:
        where = "SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'cube'"
        assert connection.execute(where).fetchone() == ("public",)


def test_a_diff_shows_tables_that_the_person_may_not_read_by_their_estimates(house: House):
    """Names with dots in them are told apart, too."""
    with house.connect("shop") as connection:
        connection.execute('CREATE ROLE clerk; GRANT clerk TO shop WITH SET TRUE, INHERIT FALSE; CREATE SCHEMA "a.b"')
        connection.execute('CREATE TABLE "a.b"."c.d" (n int); GRANT CREATE ON SCHEMA public TO clerk')
        connection.execute("SET ROLE clerk; CREATE TABLE public.hidden (n int)")
    found = {one["table"]: one for one in house.call("branch.diff", a="shop", b="shop:try")["tables"]}
    assert found["a.b.c.d"]["rows_after"] is None
    assert found["a.b.c.d"]["rows_before"] == 0
    assert found["public.hidden"]["estimated"]
