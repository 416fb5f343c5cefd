-- Where pg_llm_compat is no extension, and a superuser put it in: what is stored belongs to the database's owner.
DO $$
DECLARE
    owner constant name := (
        SELECT pg_get_userbyid(d.datdba) FROM pg_database d WHERE d.datname = current_database());
    kept record;
BEGIN
    IF (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) THEN
        FOR kept IN
            SELECT c.oid::regclass AS name FROM pg_class c
            WHERE c.relnamespace = 'llm_compat'::regnamespace AND c.relkind = 'r'
        LOOP
            EXECUTE format('ALTER TABLE %s OWNER TO %I', kept.name, owner);
        END LOOP;
    END IF;
END
$$;
