"""An undo does not need the old data directory: where copies are dear it goes, and is recovered from its WAL."""

from tests.daemon import house_on
from tests.integration.history.notebook import Notebook


def test_undo_after_the_old_data_directories_were_collected():
    with house_on("copy") as house:
        notebook = Notebook.create(house, "shop")
        a, b, _ = (notebook.write(word) for word in "abc")
        notebook.rewind(b)
        d = notebook.write("d")
        notebook.rewind(a)
        postgres = house.settings.projects / "shop" / "branches" / "main" / "postgres"
        kept = sorted(postgres.glob("*/data"))
        house.call("history.collect", ref="shop")
        left = sorted(postgres.glob("*/data"))
        assert left == kept[1:], "all but the live one and the last one left should have gone"
        assert notebook.words_at(d) == ["a", "b", "d"]
        woken = notebook.undo()
        assert woken["storage"]["bytes_copied"] == 0
        assert notebook.words() == ["a", "b", "d"]
        recovered = notebook.undo()
        assert recovered["storage"]["bytes_copied"] > 0
        assert notebook.words() == ["a", "b", "c"]
        house.restart()
        assert notebook.words() == ["a", "b", "c"]
        notebook.rewind(d)
        assert notebook.words() == ["a", "b", "d"]
