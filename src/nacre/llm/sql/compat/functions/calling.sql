-- What all else of pg_llm_compat is called by.

CREATE OR REPLACE FUNCTION llm_compat.uuid_of(request_id text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN length(request_id) = 32 THEN request_id::uuid END;
COMMENT ON FUNCTION llm_compat.uuid_of(text) IS 'The number of a call as 1.1 has them; null for the shorter ones of old.';

CREATE OR REPLACE FUNCTION llm_compat.told(options jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(options, '{}')
    - ARRAY['confidence_threshold', 'fallback_instance', 'enable_rag', 'knowledge_limit'];
COMMENT ON FUNCTION llm_compat.told(jsonb) IS 'Options as llm.chat takes them, without those that are 1.1''s own.';
