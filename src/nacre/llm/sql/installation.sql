-- Where pg_llm is installed without being an extension: what of it there is. It is made anew each time, so that nothing
-- of anybody's hangs on it.
DROP TABLE IF EXISTS llm.installation;
CREATE TABLE llm.installation (version text NOT NULL, migration integer NOT NULL, at timestamptz NOT NULL);
COMMENT ON TABLE llm.installation IS 'Which version of pg_llm this is, for `nacre llm install` and `nacre llm enable`.';

-- The database's owner can dump it whole. Whoever owns a table can hang triggers on it, which run with the rights of
-- those who write to it: so theirs is only what its policies would hide from them.
DO $$
DECLARE
    owner constant name := (SELECT pg_get_userbyid(d.datdba) FROM pg_database d WHERE d.datname = current_database());
    kept record;
BEGIN
    IF (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) THEN
        FOR kept IN
            SELECT c.oid::regclass AS name, c.relrowsecurity AS hides FROM pg_class c
            WHERE c.relnamespace = 'llm'::regnamespace AND c.relkind = 'r' AND pg_get_userbyid(c.relowner) <> owner
        LOOP
            IF kept.hides THEN
                EXECUTE format('ALTER TABLE %s OWNER TO %I', kept.name, owner);
            ELSE
                EXECUTE format('GRANT SELECT ON %s TO %I', kept.name, owner);
            END IF;
        END LOOP;
        EXECUTE format('GRANT SELECT ON ALL SEQUENCES IN SCHEMA llm TO %I', owner);
        EXECUTE format('GRANT USAGE ON SCHEMA llm TO %I', owner);
    END IF;
END
$$;
