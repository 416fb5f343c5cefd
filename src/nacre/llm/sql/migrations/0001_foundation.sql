-- What all of pg_llm stands on: its roles, its schemas, and the way to the side-car.

DO $$
DECLARE
    made record;
BEGIN
    FOR made IN SELECT * FROM (VALUES
        ('llm_user', 'NOLOGIN'),   -- may call models
        ('llm_admin', 'NOLOGIN'),  -- may add models, keys and budgets as well
        ('llm_reader', 'LOGIN'),   -- reads for the side-car what generated SQL asks
        ('llm_worker', 'LOGIN'),   -- works off the queues of vectorizers for the side-car
        ('llm_caller', 'NOLOGIN')  -- owns the way to the side-car; nobody is a member
    ) AS roles (name, login)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = made.name) THEN
            EXECUTE pg_catalog.format('CREATE ROLE %I %s', made.name, made.login);
        END IF;
    END LOOP;
END
$$;

-- Where things can be given to llm_caller by somebody who is no superuser, they must be a member of it.
DO $$
BEGIN
    -- From 16 on the maker of a role is a member that may not act as it.
    IF NOT pg_catalog.pg_has_role(current_user, 'llm_caller',
        CASE WHEN pg_catalog.current_setting('server_version_num')::integer < 160000 THEN 'MEMBER' ELSE 'SET' END)
    THEN
        EXECUTE pg_catalog.format('GRANT llm_caller TO %I', current_user);
    END IF;
END
$$;

CREATE SCHEMA llm;
CREATE SCHEMA llm_private;
GRANT USAGE ON SCHEMA llm TO llm_user, llm_worker;
-- Functions that people call, and that run with their rights, look in here.
GRANT USAGE ON SCHEMA llm_private TO llm_user, llm_caller;

-- Dialogues are their owner's alone.
CREATE TABLE llm.session (
    id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    owner name NOT NULL DEFAULT current_user,
    title text,
    model text,
    system text,
    policy jsonb NOT NULL DEFAULT '{}',
    -- What stands for the messages up to `summed_up`, where the policy sums up.
    summary text,
    summed_up bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    used_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    expires_at timestamptz
);
CREATE INDEX ON llm.session (owner, used_at DESC);

CREATE TABLE llm.message (
    session uuid NOT NULL REFERENCES llm.session ON DELETE CASCADE,
    number bigint GENERATED ALWAYS AS IDENTITY,
    role text NOT NULL CHECK (role IN ('system', 'user', 'assistant')),
    content text NOT NULL,
    request_id text,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    PRIMARY KEY (session, number)
);

ALTER TABLE llm.session ENABLE ROW LEVEL SECURITY;
ALTER TABLE llm.message ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON llm.session TO llm_user USING (owner = current_user) WITH CHECK (owner = current_user);
CREATE POLICY own ON llm.message TO llm_user
    USING (EXISTS (SELECT FROM llm.session s WHERE s.id = session AND s.owner = current_user))
    WITH CHECK (EXISTS (SELECT FROM llm.session s WHERE s.id = session AND s.owner = current_user));
GRANT SELECT, INSERT, UPDATE, DELETE ON llm.session, llm.message TO llm_user;
