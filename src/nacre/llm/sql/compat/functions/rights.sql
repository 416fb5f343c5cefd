-- Nothing is left to PUBLIC: members of llm_user may call, and what needs more is refused by the side-car.
DO $$
DECLARE
    called regprocedure;
BEGIN
    FOR called IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = 'llm_compat'::regnamespace
            OR p.pronamespace = '@extschema@'::regnamespace AND p.proname = ANY ('{@functions@}')
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', called);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO llm_user', called);
    END LOOP;
END
$$;
