-- Takes all of pg_llm_compat out of a database where it is no extension.
DO $$
DECLARE
    called regprocedure;
BEGIN
    IF to_regnamespace('llm_compat') IS NOT NULL THEN
        FOR called IN
            SELECT p.oid FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace AND p.proname = ANY ('{@functions@}')
        LOOP
            EXECUTE format('DROP FUNCTION %s', called);
        END LOOP;
        DROP SCHEMA llm_compat CASCADE;
    END IF;
END
$$;
