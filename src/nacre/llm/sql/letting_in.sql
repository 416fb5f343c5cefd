-- Whoever creates the extension, and whose database it is, may use all of it and lets others in.
GRANT llm_user, llm_admin TO @extowner@ WITH ADMIN OPTION;
DO $$
DECLARE
    owner constant name := (
        SELECT pg_get_userbyid(d.datdba) FROM pg_database d
        WHERE d.datname = current_database());
BEGIN
    EXECUTE format('GRANT llm_user, llm_admin TO %I WITH ADMIN OPTION', owner);
END
$$;
