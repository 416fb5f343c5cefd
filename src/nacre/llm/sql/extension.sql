-- Whoever creates the extension, and whose database it is, may use all of it and lets others in.
GRANT llm_user, llm_admin TO @extowner@ WITH ADMIN OPTION;
DO $$
DECLARE
    owner constant name := (
        SELECT pg_catalog.pg_get_userbyid(d.datdba) FROM pg_catalog.pg_database d
        WHERE d.datname = pg_catalog.current_database());
BEGIN
    EXECUTE pg_catalog.format('GRANT llm_user, llm_admin TO %I WITH ADMIN OPTION', owner);
END
$$;
