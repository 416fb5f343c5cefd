-- Where pg_llm is installed without being an extension: what of it there is.
CREATE TABLE IF NOT EXISTS llm.installation (version text NOT NULL, migration integer NOT NULL, at timestamptz NOT NULL);
COMMENT ON TABLE llm.installation IS 'Which version of pg_llm this is, for `nacre llm install` and `nacre llm enable`.';

-- The database's owner can dump it whole: what is theirs is not hidden from them by its policies.
DO $$
DECLARE
    owner constant name := (SELECT pg_get_userbyid(d.datdba) FROM pg_database d WHERE d.datname = current_database());
    kept record;
BEGIN
    IF (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) THEN
        FOR kept IN
            SELECT c.oid::regclass AS name FROM pg_class c
            WHERE c.relnamespace = 'llm'::regnamespace AND c.relkind = 'r' AND pg_get_userbyid(c.relowner) <> owner
        LOOP
            EXECUTE format('ALTER TABLE %s OWNER TO %I', kept.name, owner);
        END LOOP;
    END IF;
END
$$;
