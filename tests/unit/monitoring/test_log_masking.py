"""What a log must not keep: whatever a password is made of, and however a statement spells it out, it is not shown."""

import json
from collections.abc import Callable
from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.monitoring.logs.masking import Mask

ANY = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), min_size=1, max_size=30)
PLAIN = st.text("abcXYZ019-_.!%", min_size=1, max_size=30)


def quoted(secret: str) -> str:
    return "'" + secret.replace("'", "''") + "'"


SPELT: dict[str, Callable[[str], str]] = {
    "role": lambda s: f"2026-01-31 10:42:00 UTC STATEMENT:  ALTER ROLE ann PASSWORD {quoted(s)}",
    "valid": lambda s: f"STATEMENT:  create user ann with encrypted password {quoted(s)} valid until 'x'",
    "escaped": lambda s: "ALTER ROLE ann PASSWORD E'" + s.replace("\\", "\\\\").replace("'", "\\'") + "'",
    "dollars": lambda s: f"ALTER ROLE ann PASSWORD $q${s}$q$",
    "nested": lambda s: f"DO $$ BEGIN EXECUTE 'ALTER ROLE ann PASSWORD ''{s.replace(chr(39), '')}'''; END $$",
    "mapping": lambda s: f"CREATE USER MAPPING FOR ann SERVER till OPTIONS (user 'ann', password {quoted(s)})",
    "keys": lambda s: f"OPTIONS (secret_access_key {quoted(s)}, api_key {quoted(s)})",
    "compared": lambda s: f"SELECT * FROM person WHERE name = 'ann' AND password = {quoted(s)}",
    "configured": lambda s: f"SELECT set_config('app.token', {quoted(s)}, false)",
    "document": lambda s: "2026-01-31 said " + json.dumps({"user": "ann", "password": s}, ensure_ascii=False),
    "crypted": lambda s: f"UPDATE person SET password = crypt({quoted(s)}, gen_salt('bf')) WHERE id = 1",
    "tried": lambda s: f"SELECT (password=public.crypt({quoted(s)}, password)) FROM person",
    "alone": lambda s: f"SELECT crypt({quoted(s)}, gen_salt('bf'))",
    "hashed": lambda s: f"SET password = encode(digest( {quoted(s)}, 'sha256'), 'hex')",
    "among": lambda s: f"SELECT 1 FROM person WHERE password IN ({quoted(s)})",
    "national": lambda s: f"ALTER ROLE ann PASSWORD N{quoted(s)}",
    "remarked": lambda s: f"ALTER ROLE ann PASSWORD /* new */ {quoted(s)}",
    "matched": lambda s: f"SELECT password ~ {quoted(s)}, token IS DISTINCT FROM NULL",
    "unfinished": lambda s: f'ERROR:  unterminated quoted string at or near "{quoted(s)[:-1]}" at character 25',
    "line": lambda s: json.dumps({"event": "x", "config": {"api_key": s}, "sql": f"PASSWORD {quoted(s)}"}),
}
SPELT_PLAINLY: dict[str, Callable[[str], str]] = {
    "conninfo": lambda s: f"could not connect: host=db.example user=ann password={s} dbname=till",
    "address": lambda s: f"CONTEXT:  postgresql://ann:{s}@db.example:5432/till",
    "slash": lambda s: f"FATAL:  postgresql://ann:{s}/+{s}@db.example:5432/till",
    "mail": lambda s: f"smtp://ann@example.org:{s}@mail.example",
    "bare": lambda s: f"STATEMENT:  ALTER ROLE ann WITH LOGIN PASSWORD {s}",
    "marked": lambda s: f'STATEMENT:  create user "ann" password "{s}" login',
    "query": lambda s: f"GET https://db.example/?user=ann&password={s}&x=1",
    "bearer": lambda s: f"Authorization: Bearer {s.replace('!', '').replace('%', '')} x",
    "keys": lambda s: f"DETAIL:  Key (email, password)=({s}, {s}) already exists.",
    "key": lambda s: f"DETAIL:  Key (password)=({s}) already exists.",
    "key of": lambda s: f'DETAIL:  Key (lower(token::text))=({s}) is not present in table "person".',
    "column": lambda s: f'CONTEXT:  COPY person, line 3, column password: "{s}"',
}

APART: dict[str, tuple[str, str]] = {
    "inserted": ("STATEMENT:  INSERT INTO person (email, password) VALUES ", "('a@example.org', {0}), ('b', {0})"),
    "into it": ('INSERT INTO public."api_tokens" AS t SELECT ', "1, {0}"),
    "chosen": ("insert into person(email, token) select ", "'a', {0}"),
    "no columns": ("STATEMENT:  insert into person values ", "(1, NULL, {0}) ON CONFLICT DO NOTHING"),
    "merged": ("WHEN NOT MATCHED THEN INSERT (email, api_key) VALUES ", "('a', {0})"),
    "together": ("UPDATE person SET (email, password) = ROW(", "'a', {0}) WHERE id = 1"),
    "refused": ("2026-01-31 10:42:00 UTC DETAIL:  Failing row contains ", "(1, a, {0}, null)."),
    "partition": ("DETAIL:  Partition key of the failing row contains ", "(token) = ({0})."),
    "parameters": ("DETAIL:  Parameters: ", "$1 = 'a', $2 = {0}"),
    "portal": ("CONTEXT:  unnamed portal with parameters: ", "$1 = 'a', $2 = {0}"),
    "copied": ("2026-01-31 10:42:00 UTC CONTEXT:  COPY person, line 3: ", '"1\ta\t{0}"'),
}
"""Where what is hidden begins, and what that is, of values that stand apart from the names of their columns."""


def check(spell: Callable[[str], str], secret: str) -> None:
    shown = Mask().masked(spell(f"q{secret}z7Qqz7Qqz7Qqz7Qq{secret}").encode()).decode()
    assert "z7Qq" not in shown
    some, other = spell("0"), spell("1")
    assert shown.startswith(shared(some, other))
    assert shown.endswith(shared(some[::-1], other[::-1])[::-1])


def shared(one: str, other: str) -> str:
    """What both begin with."""
    return "".join(letter for letter, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


@pytest.mark.parametrize("how", SPELT)
@given(secret=ANY)
def test_a_secret_is_not_shown_however_it_is_spelt(how: str, secret: str) -> None:
    check(SPELT[how], secret.replace("$", ""))


@pytest.mark.parametrize("how", SPELT_PLAINLY)
@given(secret=PLAIN)
def test_nor_where_nothing_is_put_around_it(how: str, secret: str) -> None:
    check(SPELT_PLAINLY[how], secret)


@pytest.mark.parametrize("how", APART)
@given(secret=ANY)
def test_nor_where_its_column_is_named_elsewhere_or_nowhere(how: str, secret: str) -> None:
    begin, values = APART[how]
    mask, said = Mask(), f"{begin}{values.format(quoted('z7Qq' + secret))}"
    assert mask.masked(said.encode()).decode() == f"{begin}***"
    assert mask.masked(f"\tz7Qq{secret}".encode()) == b"\t***"
    assert mask.masked(b"2026-01-31 LOG:  it's over") == b"2026-01-31 LOG:  it's over"


@given(st.data())
def test_nor_wherever_the_lines_of_an_insert_end(data: st.DataObject) -> None:
    columns, values = "INSERT INTO person ( email, password ) VALUES", "( 'a', 'z7Qq' ), ( 'b', 'z7Qq' )"
    words = f"{columns} {values}".split()
    ends = data.draw(st.lists(st.sampled_from([" ", "\n\t", "\n\t\t"]), min_size=len(words), max_size=len(words)))
    said = "2026-01-31 STATEMENT:  " + "".join(map("".join, zip(words, ends, strict=True)))
    mask = Mask()
    shown = "\n".join(mask.masked(line.encode()).decode() for line in said.split("\n"))
    assert "z7Qq" not in shown
    assert shown.split()[:10] == said.split()[:10]


@given(st.lists(PLAIN, min_size=1, max_size=4), st.sampled_from(["'", "$q$"]), st.booleans())
def test_nor_where_it_goes_on_over_lines(pieces: list[str], quote: str, wrapped: bool) -> None:
    """As Postgres writes a statement that has several: each after the first with a tab before it."""
    mask, begin = Mask(), "LOG:  statement: ALTER ROLE ann PASSWORD" + ("\n\t" if wrapped else " ")
    secret = "\n\t".join(f"z7Qq{piece}" for piece in pieces)
    lines = f"{begin}{quote}{secret}{quote} VALID UNTIL 'tomorrow'\n2026-01-31 LOG:  it's over".split("\n")
    shown = "\n".join(mask.masked(line.encode()).decode() for line in lines)
    assert "z7Qq" not in shown
    assert shown.startswith("LOG:  statement: ALTER ROLE ann PASSWORD") and "VALID UNTIL 'tomorrow'" in shown
    assert shown.endswith("\n2026-01-31 LOG:  it's over")


@pytest.mark.parametrize(
    "line",
    [
        'FATAL:  password authentication failed for user "ann"',
        "LOG:  parameter \"password_encryption\" changed to 'md5'",
        'DETAIL:  Token "tru" is invalid.',
        'ERROR:  duplicate key value violates unique constraint "key"',
        "LOG:  listening on https://db.example:5432/ for ann@example.org",
        '{"event": "done", "operation": "token.create", "passed": 3}',
        "STATEMENT:  ALTER ROLE ann PASSWORD NULL",
        "STATEMENT:  ALTER ROLE ann PASSWORD",
        "pulled https://registry.example:5000/shop@sha256:0a1b for ann@example.org",
        "asked http://[::1]:8080/feed@home and https://ann@db.example:5432/till",
        "STATEMENT:  SELECT token(1), count(*) FROM password WHERE name = 'ann'",
        'ERROR:  column "password" of relation "role" does not exist at character 24',
        "STATEMENT:  INSERT INTO numbers (n, name) VALUES (1, 'one')",
        "STATEMENT:  INSERT INTO archive SELECT * FROM numbers WHERE name = 'one'",
        "DETAIL:  Key (n)=(1) already exists.",
        'ERROR:  insert or update on table "person" violates foreign key constraint "tokens"',
        'CONTEXT:  COPY numbers, line 3, column n: "one"',
        "CONTEXT:  PL/pgSQL function settle(), line 3 at SQL statement",
    ],
)
def test_what_is_no_secret_is_kept_as_it_is(line: str) -> None:
    assert Mask().masked(line.encode()).decode() == line


@pytest.mark.parametrize("depth", [10, 400, 600, 900, 5000])
def test_a_document_however_deep_breaks_nothing(depth: int) -> None:
    """It ended whoever follows all logs, again and again."""
    document = b'{"say": "password \'z7Qq\'", "deep": %s1%s}' % (b"[" * depth, b"]" * depth)
    assert b"z7Qq" not in Mask().masked(document)


def test_a_key_may_hold_what_ends_others() -> None:
    said = b"DETAIL:  Key (password)=(z7Qq) already exists.z7Qq) is not present in table."
    assert Mask().masked(said) == b"DETAIL:  Key (password)=(***) is not present in table."


def test_what_is_added_to_a_message_is_no_part_of_its_literal() -> None:
    mask = Mask()
    mask.masked(b'2026-01-31 10:42:00 UTC ERROR:  syntax error at or near "password \'"')
    added = b"2026-01-31 10:42:00 UTC STATEMENT:  SELECT 'x'"
    assert mask.masked(added) == added


@given(st.binary(max_size=300))
def test_no_bytes_break_it_and_documents_stay_documents(noise: bytes) -> None:
    mask = Mask()
    for line in (noise, b"password " + noise, b"\t" + noise):
        mask.masked(line)
    document = json.dumps({"password": 1, "say": f"password '{noise.decode(errors='replace')}"}).encode()
    assert json.loads(Mask().masked(document))["say"].startswith("password '")


@pytest.mark.parametrize(
    "piece",
    [
        b"password ",
        b"password='",
        b"password ''a",
        b"://a:",
        b"passwordpassword=",
        b"{",
        b"alter role a password ",
        b"password=crypt((",
        b'unterminated x at or near "',
        b"insert into a(",
        b"insert into token ",
        b"key (token",
        b"set (a)=(",
        b"set (token)=(",
        b"copy a, line ",
    ],
)
def test_a_hostile_line_takes_no_longer_than_another(piece: bytes) -> None:
    """The longest that there are, which what looks back and forth would take minutes for."""
    line = b"secret" + piece * (65_536 // len(piece))
    assert Mask().masked(line)
