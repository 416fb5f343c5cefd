"""A version of pg_llm after the present one, made up for tests: with everything that a version may change."""

import re
import shutil
from pathlib import Path

from nacre.llm.assembling import PG_LLM, Source, Version

_MORE = """
ALTER TABLE llm.session ADD COLUMN mood text NOT NULL DEFAULT 'calm';
CREATE TABLE llm.note (id integer PRIMARY KEY, session uuid REFERENCES llm.session ON DELETE CASCADE);
COMMENT ON TABLE llm.note IS 'What was noted.';
GRANT SELECT ON llm.note TO llm_user;
ALTER SERVER pg_llm OPTIONS (ADD keep_connections 'on');
DROP FUNCTION IF EXISTS llm.trace(text);
DROP FUNCTION IF EXISTS llm.remove_model(text);
-- All functions of ours stand on this one, and views of people's on those: it goes once nothing stands on it.
DO $$
BEGIN
    IF to_regprocedure('llm_private.asked(text, json)') IS NOT NULL THEN
        ALTER FUNCTION llm_private.asked(text, json) RENAME TO asked_before;
    END IF;
END
$$;
"""
_MORE_AFTER = """
DROP FUNCTION IF EXISTS llm_private.asked_before(text, json);
REVOKE ALL ON FUNCTION llm.clear_mood() FROM llm_user;
"""
_MOOD = """
CREATE OR REPLACE FUNCTION llm.clear_mood() RETURNS bigint
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    WITH cleared AS (UPDATE llm.session SET mood = 'calm' RETURNING 1) SELECT count(*) FROM cleared;
END;
COMMENT ON FUNCTION llm.clear_mood() IS 'Calm, all of them.';
CREATE OR REPLACE FUNCTION llm_data.mood() RETURNS text LANGUAGE sql RETURN 'calm';
"""


def later(folder: Path, *, protocol: int | None = None) -> Source:
    """Version 99.0, made in `folder`: changed are tables, the way to the side-car, what functions do, take and give.

    `protocol`: what it speaks, where that is another one.
    """
    source = Source(folder, (*PG_LLM.versions, Version("99.0", PG_LLM.current.migrations + 1)))
    shutil.copytree(PG_LLM.folder, folder)
    number = f"{source.current.migrations:04}"
    (folder / "migrations" / f"{number}_mood.sql").write_text(_MORE)
    (folder / "migrations" / f"{number}_mood.after.sql").write_text(_MORE_AFTER)
    (folder / "functions" / "mood.sql").write_text(_MOOD)
    for file, pattern, instead in (
        ("chat.sql", "->> 'text' END;", "->> 'text' || '!' END;"),
        ("chat.sql", "nothing where the same was asked before", "nothing where it was asked before"),
        ("ledger.sql", r"CREATE OR REPLACE FUNCTION llm.trace.*?COMMENT ON FUNCTION llm.trace.*?;", ""),
        ("models.sql", r"llm.remove_model\(name text\) RETURNS text", "llm.remove_model(name text) RETURNS boolean"),
        ("models.sql", r"(RETURN llm_private.call\('remove_model',.*?) ->> 'name';", r"RETURN (\1) IS NOT NULL;"),
        ("calling.sql", r"llm_private.asked\(fn text, args json\)", "llm_private.asked(function text, args json)"),
        ("calling.sql", "'fn', fn, 'args'", "'fn', function, 'args'"),
        ("vectorizers_told.sql", "-- ", "-- Told otherwise. "),
        *([("calling.sql", "@protocol@", str(protocol)), ("version.sql", "@protocol@", str(protocol))]
          if protocol else []),
    ):  # fmt: skip
        path = folder / "functions" / file
        text, count = re.subn(pattern, instead.replace("RETURN (RETURN", "RETURN ("), path.read_text(), flags=re.S)
        assert count, (file, pattern)
        path.write_text(text.replace("RETURN (RETURN ", "RETURN ("))
    return source
