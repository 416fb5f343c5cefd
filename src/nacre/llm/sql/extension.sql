-- Whoever creates the extension, and whose database it is, may use all of it and lets others in.
DO $$
DECLARE
    given name;
BEGIN
    FOR given IN
        SELECT '@extowner@' UNION
        SELECT pg_catalog.pg_get_userbyid(d.datdba) FROM pg_catalog.pg_database d
        WHERE d.datname = pg_catalog.current_database()
    LOOP
        EXECUTE pg_catalog.format('GRANT llm_user, llm_admin TO %I WITH ADMIN OPTION', given);
    END LOOP;
END
$$;
