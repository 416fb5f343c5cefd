"""Nacre is upgraded: databases keep the pg_llm that they have, work with it, and are brought on when that is wanted."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.daemon import House, house_on
from tests.integration.llm.later import later

import nacre
from nacre.core.errors import NacreError

NEXT = "99.0"


@pytest.fixture
def house() -> Iterator[House]:
    with house_on("copy") as house:
        yield house


@pytest.fixture
def next_nacre(tmp_path: Path) -> Path:
    """A checkout of a Nacre as this one, but with a later pg_llm."""
    checkout = Path(nacre.__file__).parents[2]
    for folder, changed in (
        (".", {"src"}),
        ("src", {"nacre"}),
        ("src/nacre", {"llm", "__pycache__"}),
        ("src/nacre/llm", {"sql", "assembling.py", "__pycache__"}),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        for entry in (checkout / folder).iterdir():
            if entry.name not in changed:
                (tmp_path / folder / entry.name).symlink_to(entry)
    llm = tmp_path / "src/nacre/llm"
    source = later(llm / "sql")
    shutil.copy(checkout / "src/nacre/llm/assembling.py", llm)
    with (llm / "assembling.py").open("a") as assembling:
        assembling.write(f"\nPG_LLM = Source(PG_LLM.folder, ({', '.join(map(repr, source.versions))},))\n")
    return tmp_path


def test_databases_are_told_to_be_behind_brought_on_and_go_back_with_their_branch(
    house: House, next_nacre: Path
) -> None:
    house.call("project.create", name="shop")
    house.call("checkpoint", ref="shop", message="before")
    assert standing(house) == [("shop", "1.0", "current")]
    house.down()
    house.up(PYTHONPATH=str(next_nacre / "src"))
    with house.connect("shop") as shop:
        assert standing(house) == [("shop", "1.0", "behind")] and works(shop)
        assert house.call("llm.update") == [{"ref": "shop", "database": "shop", "before": "1.0", "why": ""}]
        assert standing(house) == [("shop", NEXT, "current")] and works(shop)
        assert house.call("llm.update") == []
    house.call("rewind", ref="shop", moment="before")
    with house.connect("shop") as shop:
        assert standing(house) == [("shop", "1.0", "behind")] and works(shop)
        shop.execute("CREATE VIEW mine AS SELECT llm.remove_model('mine')")
        (refused,) = house.call("llm.update")
        assert "public.mine" in refused["why"] and works(shop)
        shop.execute("DROP VIEW mine")
        assert house.call("llm.enable", ref="shop")["done"] == "upgraded"
    house.down()
    house.up()
    with house.connect("shop") as shop:
        assert standing(house) == [("shop", NEXT, "ahead")] and works(shop)
    with pytest.raises(NacreError) as older:
        house.call("llm.enable", ref="shop")
    assert older.value.code == "pg-llm-newer"


def standing(house: House) -> list[tuple[str, str, str]]:
    return [(each["database"], each["version"], each["state"]) for each in house.call("llm.status")]


def works(shop: "psycopg.Connection[Any]") -> bool:
    return shop.execute("SELECT cardinality(llm.embed('a pearl'))").fetchone() == (384,)
