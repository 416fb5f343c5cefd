-- Where pg_llm is installed without being an extension: what of it there is, and who may use it.
CREATE TABLE IF NOT EXISTS llm.installation (version text NOT NULL, migration integer NOT NULL, at timestamptz NOT NULL);
COMMENT ON TABLE llm.installation IS 'Which version of pg_llm this is, for `nacre llm install` and `nacre llm enable`.';

DO $$
DECLARE
    owner constant name := (
        SELECT pg_catalog.pg_get_userbyid(d.datdba) FROM pg_catalog.pg_database d
        WHERE d.datname = pg_catalog.current_database());
    kept record;
BEGIN
    IF (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user) THEN
        EXECUTE pg_catalog.format('GRANT llm_user, llm_admin TO %I WITH ADMIN OPTION', owner);
        -- The database's owner can dump it whole: what is theirs is not hidden from them by its policies.
        FOR kept IN
            SELECT c.oid::pg_catalog.regclass AS name FROM pg_catalog.pg_class c
            WHERE c.relnamespace = 'llm'::pg_catalog.regnamespace AND c.relkind = 'r'
        LOOP
            EXECUTE pg_catalog.format('ALTER TABLE %s OWNER TO %I', kept.name, owner);
        END LOOP;
    END IF;
    -- Who makes a role may let others into it; to be in it takes a grant. From 16 on that may not say ADMIN again.
    EXECUTE pg_catalog.format('GRANT llm_user, llm_admin TO %I', current_user);
END
$$;
