-- Dumps take what was stored. Dialogues stay behind with their state, as all of pg_llm does.
DO $$
DECLARE
    kept regclass;
BEGIN
    FOR kept IN
        SELECT c.oid FROM pg_class c
        WHERE c.relnamespace = 'llm_compat'::regnamespace AND c.relkind IN ('r', 'S') AND c.relname <> 'session_state'
    LOOP
        PERFORM pg_extension_config_dump(kept, '');
    END LOOP;
END
$$;
