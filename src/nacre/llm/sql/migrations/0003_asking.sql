-- Questions to a database: who reads for them, what was taught, and which functions an admin lets them call.

-- Reads everything and writes nothing: what a question may see is what its caller may, which is checked before it runs.
-- Rows that a policy hides from the caller are refused by the same check; hidden from the reader, they would be missed.
DO $$
BEGIN
    EXECUTE pg_catalog.format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO llm_reader', pg_catalog.current_database());
    EXECUTE pg_catalog.format('GRANT CONNECT ON DATABASE %I TO llm_worker', pg_catalog.current_database());
END
$$;
DO $$
BEGIN
    GRANT pg_read_all_data TO llm_reader;
EXCEPTION
    WHEN insufficient_privilege THEN
        NULL; -- without a superuser: the reader sees what it is granted, and questions about the rest are refused
END
$$;
DO $$
BEGIN
    ALTER ROLE llm_reader SET default_transaction_read_only = on;
EXCEPTION
    WHEN insufficient_privilege THEN
        NULL;
END
$$;
DO $$
BEGIN
    ALTER ROLE llm_reader BYPASSRLS;
    ALTER ROLE llm_reader SET temp_file_limit = '1GB';
EXCEPTION
    WHEN insufficient_privilege THEN
        NULL;
END
$$;

CREATE TABLE llm.learned (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('example', 'fact')),
    -- Of an example the question, of a fact all that it says.
    said text NOT NULL,
    sql text CHECK ((sql IS NULL) = (kind = 'fact')),
    model text NOT NULL,
    digest text NOT NULL,
    embedding real[] NOT NULL,
    learned_by name NOT NULL DEFAULT current_user,
    at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    UNIQUE (kind, said)
);

CREATE TABLE llm.allowed_function (
    function regprocedure PRIMARY KEY,
    allowed_by name NOT NULL DEFAULT current_user,
    at timestamptz NOT NULL DEFAULT pg_catalog.now()
);

GRANT SELECT ON llm.learned, llm.allowed_function TO llm_user, llm_reader;
GRANT USAGE ON SCHEMA llm, llm_private TO llm_reader;
GRANT INSERT, UPDATE, DELETE ON llm.learned, llm.allowed_function TO llm_admin;
