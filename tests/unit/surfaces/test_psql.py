from nacre.surfaces.cli.psql import _failure, connection_environment, script_command


def test_the_password_goes_by_environment_never_by_argument():
    environment = connection_environment("postgresql://shop:p%40ss%2Fword@127.0.0.1:54321/app")
    assert environment == {
        "PGHOST": "127.0.0.1",
        "PGPORT": "54321",
        "PGUSER": "shop",
        "PGPASSWORD": "p@ss/word",
        "PGDATABASE": "app",
    }
    assert connection_environment("postgresql://a@h/x", "other")["PGDATABASE"] == "other"
    assert script_command("/bin/psql", "load.sql") == [
        "/bin/psql",
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-f",
        "load.sql",
    ]


def test_an_sql_error_names_its_line():
    text = 'NOTICE: hello\npsql:load.sql:12: ERROR:  relation "x" does not exist\nLINE 1: select * from x\n'
    error = _failure(3, text)
    assert (error.code, error.message) == ("sql-error", 'Line 12 of load.sql: relation "x" does not exist')
    assert error.hint == "LINE 1: select * from x"
    assert _failure(2, "could not connect").code == "psql-failed"
