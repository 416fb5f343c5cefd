-- What the functions of pg_llm 1.1 keep in the database: vectors and knowledge that all share, feedback, and the state of
-- dialogues, which is their owner's alone as they are.

CREATE SCHEMA llm_compat;
GRANT USAGE ON SCHEMA llm_compat TO llm_user;

-- Vectors of any model: only those of one dimension are compared.
CREATE TABLE llm_compat.vector (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_name text NOT NULL,
    column_name text NOT NULL,
    row_id bigint NOT NULL,
    query_vector @extschema:vector@.vector NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);
CREATE INDEX ON llm_compat.vector (table_name, column_name, row_id);

CREATE TABLE llm_compat.document (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_name text NOT NULL,
    content text NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);

-- `digest` tells which model the embedding is of.
CREATE TABLE llm_compat.chunk (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document_id bigint NOT NULL REFERENCES llm_compat.document ON DELETE CASCADE,
    chunk_index integer NOT NULL,
    content text NOT NULL,
    model text NOT NULL,
    digest text NOT NULL,
    embedding @extschema:vector@.vector NOT NULL,
    UNIQUE (document_id, chunk_index)
);

CREATE TABLE llm_compat.feedback (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id uuid NOT NULL,
    rating integer NOT NULL,
    feedback text NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}',
    given_by name NOT NULL DEFAULT current_user,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);

CREATE TABLE llm_compat.session_state (
    session uuid PRIMARY KEY REFERENCES llm.session ON DELETE CASCADE,
    state jsonb NOT NULL
);
ALTER TABLE llm_compat.session_state ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON llm_compat.session_state TO llm_user
    USING (EXISTS (SELECT FROM llm.session s WHERE s.id = session AND s.owner = current_user))
    WITH CHECK (EXISTS (SELECT FROM llm.session s WHERE s.id = session AND s.owner = current_user));

GRANT SELECT, INSERT ON llm_compat.vector, llm_compat.document, llm_compat.chunk TO llm_user;
GRANT INSERT, SELECT (id) ON llm_compat.feedback TO llm_user;
GRANT SELECT, INSERT, UPDATE ON llm_compat.session_state TO llm_user;
-- Who takes care of models takes care of these, and may dump and load them.
GRANT SELECT, INSERT, UPDATE, DELETE ON llm_compat.vector, llm_compat.document, llm_compat.chunk, llm_compat.feedback
    TO llm_admin;
GRANT SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA llm_compat TO llm_admin;
