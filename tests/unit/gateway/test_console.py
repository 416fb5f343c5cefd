"""The console's files, laid where Caddy reads them."""

from nacre.gateway.console import publish


def test_files_come_and_go_with_the_build(tmp_path):
    built, folder = tmp_path / "dist", tmp_path / "served"
    publish(built, folder, None)
    assert "has not been built" in (folder / "index.html").read_text()
    (built / "assets").mkdir(parents=True)
    for name in ("index.html", "index.html.br", "assets/a-1.js", ".stamp"):
        (built / name).write_text(name)
    publish(built, folder, None)
    assert files(folder) == {"index.html", "index.html.br", "assets/a-1.js"}
    assert (folder / "index.html").read_text() == "index.html"
    (built / "assets/a-1.js").rename(built / "assets/a-2.js")
    publish(built, folder, None)
    assert files(folder) == {"index.html", "index.html.br", "assets/a-2.js"}


def test_what_did_not_change_is_not_copied_again(tmp_path):
    built, folder = tmp_path / "dist", tmp_path / "served"
    built.mkdir()
    (built / "index.html").write_text("one")
    publish(built, folder, None)
    before = (folder / "index.html").stat().st_ino
    publish(built, folder, None)
    assert (folder / "index.html").stat().st_ino == before


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
