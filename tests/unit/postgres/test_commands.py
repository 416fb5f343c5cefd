"""Command lines, letter by letter."""

from pathlib import Path

from nacre.engines.postgres import commands
from nacre.engines.postgres.freeze import guard_command
from nacre.engines.postgres.installation import Installation
from nacre.engines.postgres.lsn import Lsn
from nacre.engines.postgres.seat import Seat

PG18 = Installation(Path("/pg/bin"), (18, 6))
PG15 = Installation(Path("/pg/bin"), (15, 14))
SEAT = Seat(5433, Path("/run/pg"))


def test_initdb() -> None:
    common = (
        "/pg/bin/initdb --pgdata=/data --username=nacre --pwfile=/secret --auth=scram-sha-256 --encoding=UTF8 "
        "--locale=C --data-checksums --no-sync --no-instructions"
    )
    assert " ".join(commands.initdb(PG15, Path("/data"), Path("/secret"))) == common
    assert " ".join(commands.initdb(PG18, Path("/data"), Path("/secret"))) == (
        common + " --locale-provider=builtin --builtin-locale=C.UTF-8"
    )


def test_postgres() -> None:
    assert commands.postgres(PG18, Path("/data"), {"port": "1", "restore_command": "cp a b"}) == [
        "/pg/bin/postgres", "-D", "/data", "-c", "port=1", "-c", "restore_command=cp a b",
    ]  # fmt: skip


def test_a_serving_cluster_listens_on_loopback_only_and_archives() -> None:
    settings = commands.serving_settings(SEAT, Path("/wal"))
    assert settings["listen_addresses"] == "127.0.0.1"
    assert settings["basic_archive.archive_directory"] == "/wal"
    assert settings["archive_library"] == "basic_archive"
    assert (settings["fsync"], settings["full_page_writes"], settings["archive_mode"]) == ("on", "on", "on")
    private = commands.serving_settings(Seat(5432, Path("/p"), tcp=False), Path("/wal"))
    assert private["listen_addresses"] == ""
    assert "trust" not in commands.hba(tcp=True)
    assert "host" not in commands.hba(tcp=False)
    assert "peer" not in commands.hba(tcp=False, own_roles=("reader",))
    assert commands.hba(tcp=True, own_roles=("reader", "worker")).splitlines()[1] == (
        "local all reader,worker peer map=nacre"
    )


def test_recovery_ends_at_a_position_or_where_the_base_ends() -> None:
    settings = commands.recovery_settings(Path("/it's 100%/wal"), 3, Lsn(0x16B374D848), False)
    assert settings["restore_command"] == "cp --no-dereference --reflink=auto '/it'\\''s 100%%/wal'/%f %p"
    assert settings["recovery_target_lsn"] == "16/B374D848"
    assert settings["recovery_target_timeline"] == "3"
    assert "recovery_target" not in settings
    assert commands.recovery_settings(Path("/s"), 1, None, True)["recovery_target"] == "immediate"
    assert (
        not {"recovery_target", "recovery_target_lsn"} & commands.recovery_settings(Path("/s"), 1, None, False).keys()
    )


def test_pg_waldump() -> None:
    argv = commands.pg_waldump(PG18, Path("/wal"), 2, Lsn(0x1000000), Lsn(0x2000028))
    assert " ".join(argv) == (
        "/pg/bin/pg_waldump --path=/wal --timeline=2 --start=0/1000000 --rmgr=Transaction --end=0/2000028"
    )
    assert commands.pg_waldump(PG18, Path("/wal"), 2, Lsn(0), None) == [*argv[:3], "--start=0/0", argv[4]]
    assert commands.pg_waldump_quiet(PG18, Path("/wal"), 2, Lsn(0))[-1] == "--quiet"
    assert commands.pg_waldump_one(PG18, Path("/wal"), 2, Lsn(0))[-1] == "--limit=1"


def test_psql_and_the_rest() -> None:
    assert commands.psql(PG18, SEAT, "shop", "shop", ["-c", "SELECT 1"]) == [
        "/pg/bin/psql", "--host=/run/pg", "--port=5433", "--username=shop", "--dbname=shop", "-c", "SELECT 1",
    ]  # fmt: skip
    assert commands.pg_controldata(PG18, Path("/data")) == ["/pg/bin/pg_controldata", "/data"]
    assert guard_command(7, 1.5)[3:] == ["nacre-thaw", "7", "1.5"]


def test_a_socket_path_must_fit_into_the_kernels_107_bytes() -> None:
    name = "/.s.PGSQL.5433"
    assert Seat(5433, Path("/" + "x" * (106 - len(name)))).fits
    assert not Seat(5433, Path("/" + "x" * (107 - len(name)))).fits
