-- Nothing is left to PUBLIC: members of llm_user may call, and what needs more is refused by the side-car. Functions that
-- were there before this keep their rights, which somebody may have changed.
DO $$
DECLARE
    called record;
    known constant oid[] := current_setting('nacre.known_functions')::oid[];
BEGIN
    FOR called IN
        SELECT p.oid::regprocedure AS function
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname IN ('llm', 'llm_private') AND p.proname NOT LIKE 'wrapper\_%'
            AND p.proowner <> 'llm_keeper'::regrole AND p.oid <> ALL (known)
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', called.function);
        CASE called.function
            WHEN 'llm_private.call(text, json)'::regprocedure, 'llm_private.who()'::regprocedure THEN
                GRANT CREATE ON SCHEMA llm_private TO llm_caller; -- it takes this to be given a function there
                EXECUTE format('ALTER FUNCTION %s OWNER TO llm_caller', called.function);
                REVOKE CREATE ON SCHEMA llm_private FROM llm_caller;
                -- After the change of owner, so that dumps take the rights for those that the extension gives.
                EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO llm_user', called.function);
            WHEN 'llm_private.belong(text, text, boolean)'::regprocedure THEN
                EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO llm_keeper', called.function);
            WHEN 'llm_private.asked(text, json)'::regprocedure THEN
                EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO llm_user, llm_caller', called.function);
            WHEN 'llm_private.is_strange(oid)'::regprocedure, 'llm_private.called_by_reading(oid[])'::regprocedure,
                'llm_private.called_by_naming()'::regprocedure
            THEN
                EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO llm_user, llm_keeper, llm_reader', called.function);
            ELSE
                EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO llm_user', called.function);
        END CASE;
    END LOOP;
END
$$;
