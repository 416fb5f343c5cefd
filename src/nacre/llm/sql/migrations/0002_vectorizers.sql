-- Vectorizers: what keeps vectors in step with a table, with its queue and what failed, all of which travel in time
-- along with the rows that they are about.

-- Owns the vectors and reads the tables they are made of. Never a superuser: what a person hangs on their own table (a
-- cast, a view put in its place) may run with these rights.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'llm_keeper') THEN
        CREATE ROLE llm_keeper NOLOGIN;
    END IF;
END
$$;
DO $$
BEGIN
    -- Rows that a policy hides from some are kept in step as well; whoever searches sees their own alone.
    ALTER ROLE llm_keeper BYPASSRLS;
EXCEPTION
    WHEN insufficient_privilege THEN
        NULL; -- without a superuser: tables with row-level security are then refused, with the reason
END
$$;

-- Where functions can be given to llm_keeper by somebody who is no superuser, they must be a member of it.
DO $$
BEGIN
    IF NOT pg_catalog.pg_has_role(current_user, 'llm_keeper',
        CASE WHEN pg_catalog.current_setting('server_version_num')::integer < 160000 THEN 'MEMBER' ELSE 'SET' END)
    THEN
        EXECUTE pg_catalog.format('GRANT llm_keeper TO %I', current_user);
    END IF;
END
$$;

DO $$
BEGIN
    IF NOT pg_catalog.has_database_privilege('llm_worker', pg_catalog.current_database(), 'CONNECT') THEN
        EXECUTE pg_catalog.format('GRANT CONNECT ON DATABASE %I TO llm_worker', pg_catalog.current_database());
    END IF;
END
$$;

CREATE SCHEMA llm_data;
ALTER SCHEMA llm_data OWNER TO llm_keeper;

CREATE TABLE llm.vectorizer (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CHECK (name ~ '^[[:alpha:]_][[:alnum:]_]{0,39}$'),
    -- Another model is built beside the present one, under its name, and takes its place once it is filled.
    replaces integer REFERENCES llm.vectorizer ON DELETE CASCADE,
    source regclass NOT NULL,
    source_name text NOT NULL,
    -- Columns by number, which outlives a rename.
    key_columns smallint[] NOT NULL,
    text_columns smallint[] NOT NULL,
    -- What the vectors' table calls the columns of the key.
    key_names text[] NOT NULL,
    chunking jsonb NOT NULL,
    model text NOT NULL,
    digest text NOT NULL,
    dimension integer NOT NULL CHECK (dimension > 0),
    index jsonb NOT NULL,
    words regconfig NOT NULL,
    vectors regclass,
    owner name NOT NULL,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'broken')),
    -- Why it is paused or broken, or waits until a time (budget spent, provider down).
    reason text,
    held_until timestamptz,
    filled boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX ON llm.vectorizer (name) WHERE replaces IS NULL;
CREATE UNIQUE INDEX ON llm.vectorizer (replaces) WHERE replaces IS NOT NULL;

-- Only ever added to by those who write to the table, so that no writer waits for another or for the worker.
CREATE TABLE llm.vectorizer_queue (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vectorizer integer NOT NULL,
    key jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT '-infinity',
    -- The worker that has it in hand. There is one at a time, and a new one gives back what the one before left.
    claim uuid
);
CREATE INDEX ON llm.vectorizer_queue (vectorizer, id) WHERE claim IS NULL;
CREATE INDEX ON llm.vectorizer_queue (vectorizer, key) WHERE claim IS NOT NULL;

CREATE TABLE llm.vectorizer_error (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vectorizer integer NOT NULL REFERENCES llm.vectorizer ON DELETE CASCADE,
    key jsonb NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    attempts integer NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON llm.vectorizer_error (vectorizer, key);

GRANT USAGE ON SCHEMA llm, llm_private TO llm_keeper;
GRANT SELECT, INSERT, UPDATE, DELETE ON llm.vectorizer, llm.vectorizer_queue, llm.vectorizer_error TO llm_keeper;
GRANT USAGE ON SCHEMA llm_data TO llm_user, llm_worker;
