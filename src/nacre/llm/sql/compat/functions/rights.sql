-- Nothing is left to PUBLIC: members of llm_user may call, and what needs more is refused by the side-car. Functions that
-- were there before this have rights, which somebody may have changed.
DO $$
DECLARE
    called regprocedure;
BEGIN
    FOR called IN
        SELECT p.oid FROM pg_proc p
        WHERE p.proacl IS NULL AND (p.pronamespace = 'llm_compat'::regnamespace
            OR p.pronamespace = '@extschema@'::regnamespace AND p.proname = ANY ('{@functions@}'))
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', called);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO llm_user', called);
    END LOOP;
END
$$;
