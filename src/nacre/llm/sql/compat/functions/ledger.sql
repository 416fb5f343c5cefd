-- What was asked, and what was thought of it: the audit that the side-car keeps, which no rollback erases.

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_record_feedback(request_id uuid, rating integer, feedback text,
    metadata jsonb DEFAULT '{}'::jsonb) RETURNS bigint
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kept bigint;
BEGIN
    PERFORM llm.feedback(replace(request_id::text, '-', ''), sign(rating - 3)::integer, feedback);
    INSERT INTO llm_compat.feedback AS f (request_id, rating, feedback, metadata)
    VALUES (pg_llm_record_feedback.request_id, pg_llm_record_feedback.rating, pg_llm_record_feedback.feedback,
        pg_llm_record_feedback.metadata)
    RETURNING f.id INTO kept;
    RETURN kept;
END
$$;
COMMENT ON FUNCTION @extschema@.pg_llm_record_feedback(uuid, integer, text, jsonb) IS
'Say how good an answer was, from 1 to 5, of which 3 is neither; gives its number. It is kept as it is said, and told to
llm.feedback as good or bad. Errors: LM019 for a call that is not known.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_get_audit_log(options jsonb DEFAULT '{}'::jsonb)
    RETURNS TABLE (request_id uuid, event_type text, instance_name text, session_id text, success boolean,
        confidence_score double precision, metadata jsonb)
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT llm_compat.uuid_of(a.request_id), a.purpose, a.model, coalesce(m.session::text, ''), a.outcome = 'done',
        NULL::double precision, to_jsonb(a) - ARRAY['request_id', 'purpose', 'model']
    FROM llm.audit(coalesce(options, '{}')) a
    LEFT JOIN LATERAL (SELECT m.session FROM llm.message m WHERE m.request_id = a.request_id LIMIT 1) m ON true;
END;
COMMENT ON FUNCTION @extschema@.pg_llm_get_audit_log(jsonb) IS
'Every call of this branch, newest first, as llm.audit tells them; `metadata` has the rest of each: when, by whom, tokens,
cost, and texts as far as they are the caller''s to see. `options`: those of llm.audit, limit among them.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_get_trace(request_id uuid) RETURNS jsonb
    LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
RETURN (
    SELECT jsonb_build_object('request_id', request_id, 'events', jsonb_build_array(jsonb_build_object(
            'stage', t.told -> 'purpose', 'details', t.told - ARRAY['request_id', 'at', 'feedback'],
            'created_at', t.told -> 'at')) || coalesce((
        SELECT jsonb_agg(jsonb_build_object('stage', 'feedback', 'details', f.said - 'at', 'created_at', f.said -> 'at'))
        FROM jsonb_array_elements(t.told -> 'feedback') f (said)), '[]'))
    FROM (SELECT llm.trace(replace(request_id::text, '-', '')) AS told) AS t
);
COMMENT ON FUNCTION @extschema@.pg_llm_get_trace(uuid) IS
'A call and what was said of it: {"request_id", "events": [{"stage", "details", "created_at"}]}. Errors: LM019.';
