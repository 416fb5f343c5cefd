-- Nothing is left to PUBLIC: members of llm_user may call, and what needs more is refused by the side-car.
DO $$
DECLARE
    called record;
BEGIN
    FOR called IN
        SELECT p.oid::pg_catalog.regprocedure AS function, p.proname AS name, n.nspname AS schema
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname IN ('llm', 'llm_private') AND p.proname NOT LIKE 'wrapper\_%'
            AND p.proowner <> 'llm_keeper'::pg_catalog.regrole
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', called.function);
        EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO llm_user', called.function);
    END LOOP;
    REVOKE ALL ON llm.spend FROM PUBLIC;
    GRANT SELECT ON llm.spend TO llm_user;
    GRANT CREATE ON SCHEMA llm_private TO llm_caller; -- it takes this to be given a function there
    ALTER FUNCTION llm_private.call(text, json) OWNER TO llm_caller;
    -- After the change of owner, so that dumps take the rights for those that the extension gives.
    GRANT EXECUTE ON FUNCTION llm_private.call(text, json) TO llm_user;
    REVOKE CREATE ON SCHEMA llm_private FROM llm_caller;
    REVOKE ALL ON FUNCTION llm_private.belong(text, text, boolean) FROM llm_user;
    GRANT EXECUTE ON FUNCTION llm_private.belong(text, text, boolean) TO llm_keeper;
    GRANT USAGE ON SCHEMA llm_private TO llm_keeper, llm_reader;
    GRANT EXECUTE ON FUNCTION llm_private.is_strange(oid), llm_private.called_by_reading(oid[]),
        llm_private.called_by_naming() TO llm_keeper, llm_reader;
    GRANT EXECUTE ON FUNCTION llm_private.asked(text, json), llm_private.who() TO llm_caller;
END
$$;
