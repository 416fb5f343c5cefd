-- What all of pg_llm stands on: its roles, its schemas, and the way to the side-car.

-- A superuser gives the roles that pg_llm acts as what others may not have. So one that is there already is taken over
-- only where nobody acts as it: whoever may create roles could have made it, and would come into all of that.
DO $$
DECLARE
    known record;
    whose name;
BEGIN
    IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user) THEN
        RETURN;
    END IF;
    FOR known IN SELECT r.oid, r.rolname FROM pg_catalog.pg_roles r
        WHERE r.rolname IN ('llm_reader', 'llm_worker', 'llm_caller', 'llm_keeper')
    LOOP
        SELECT m.rolname INTO whose FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles m ON m.oid = a.member
        WHERE a.roleid = known.oid AND NOT m.rolsuper;
        IF whose IS NOT NULL THEN
            RAISE EXCEPTION 'The role % exists, and % may act as it or let others: pg_llm would give them all it reads.',
                known.rolname, whose USING HINT = pg_catalog.format('REVOKE %I FROM %I; or drop that role.',
                    known.rolname, whose);
        END IF;
        SELECT g.rolname INTO whose FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles g ON g.oid = a.roleid
        WHERE a.member = known.oid AND g.rolname <> 'pg_read_all_data';
        IF whose IS NOT NULL THEN
            RAISE EXCEPTION 'The role % exists, and is a member of %, which pg_llm is not to act as.', known.rolname, whose
                USING HINT = pg_catalog.format('REVOKE %I FROM %I;', whose, known.rolname);
        END IF;
        -- Its password is that of whoever made it. Where one is needed, it is set afterwards.
        EXECUTE pg_catalog.format('ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD NULL',
            known.rolname);
    END LOOP;
END
$$;

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
