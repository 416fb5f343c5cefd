-- Who may call what of vectorizers. Nothing is left to PUBLIC, and what runs with its owner's rights is llm_keeper's.
-- Functions that were there before this keep their rights, which somebody may have changed.
DO $$
DECLARE
    called record;
    owned constant text[] := ARRAY['pause_vectorizer', 'resume_vectorizer', 'retry_vectorizer', 'vectorizer_status',
        'vectorizer_errors'];
    by_users constant text[] := ARRAY['set_up', 'suitable', 'key_of', 'is_plain', 'calling_role', 'owned', 'named', 'enter',
        'note', 'fill', 'name_of', 'text_columns_of', 'rebuild', 'erase_named', 'search_plan', 'words', 'any_word',
        'settled', 'meaning', 'probes', 'stay'];
    by_worker constant text[] := ARRAY['take_over', 'work', 'claim', 'known', 'store', 'fail', 'release', 'hold',
        'break_down', 'catch_up', 'protocol'];
    known constant oid[] := current_setting('nacre.known_functions')::oid[];
BEGIN
    GRANT CREATE ON SCHEMA llm TO llm_keeper; -- it takes this to be given a function there
    FOR called IN
        SELECT p.oid::regprocedure AS function, p.proname AS name
        FROM pg_catalog.pg_proc p
        WHERE p.oid <> ALL (known)
            AND (p.pronamespace = 'llm_data'::regnamespace AND p.proname NOT LIKE 'rows\_of\_%'
                OR p.pronamespace = 'llm'::regnamespace AND p.proname = ANY (owned))
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO llm_keeper', called.function);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', called.function);
        IF called.name = ANY (by_users || owned) THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO llm_user', called.function);
        ELSIF called.name = ANY (by_worker) THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO llm_worker', called.function);
        END IF;
    END LOOP;
    REVOKE CREATE ON SCHEMA llm FROM llm_keeper;
END
$$;
