-- Whoever installs it, and whose database it is, may use all of it.
DO $$
DECLARE
    owner constant name := (SELECT pg_get_userbyid(d.datdba) FROM pg_database d WHERE d.datname = current_database());
BEGIN
    IF (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) THEN
        EXECUTE format('GRANT llm_user, llm_admin TO %I WITH ADMIN OPTION', owner);
    END IF;
    -- Who makes a role may let others into it; to be in it takes a grant. From 16 on that may not say ADMIN again.
    EXECUTE format('GRANT llm_user, llm_admin TO %I', current_user);
END
$$;
