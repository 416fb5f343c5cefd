-- Dialogues: those of llm.session, under the names of 1.1. Each is its owner's alone.

CREATE OR REPLACE FUNCTION llm_compat.session(session_id text) RETURNS uuid
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (llm_private.session(session_id::uuid)).id;
EXCEPTION
    WHEN invalid_text_representation THEN
        RAISE EXCEPTION 'There is no dialogue “%” of %.', session_id, current_user
            USING ERRCODE = 'LM013', HINT = 'SELECT session_id FROM pg_llm_get_sessions() lists yours.';
END
$$;
COMMENT ON FUNCTION llm_compat.session(text) IS 'A dialogue of the caller. Errors: LM013 where it is not theirs.';

CREATE OR REPLACE FUNCTION llm_compat.policy(max_messages integer) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF max_messages NOT BETWEEN 0 AND 10000 THEN
        RAISE EXCEPTION 'A dialogue tells 0 to 10000 messages again, not %.', max_messages
            USING ERRCODE = 'LM014', HINT = 'pg_llm_create_session(20)';
    END IF;
    RETURN jsonb_build_object('kind', 'window', 'messages', max_messages);
END
$$;
COMMENT ON FUNCTION llm_compat.policy(integer) IS 'The policy of a dialogue that tells so many messages again.';

CREATE OR REPLACE FUNCTION llm_compat.turn(instance_name text, session_id text, prompt text, options jsonb)
    RETURNS json
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (llm_private.session_args(llm_compat.session(session_id), prompt, llm_compat.told(options))::jsonb
        || jsonb_strip_nulls(jsonb_build_object(
            'model', instance_name, 'data', llm_compat.known(prompt, options))))::json;
END
$$;
COMMENT ON FUNCTION llm_compat.turn(text, text, text, jsonb) IS 'What the side-car is told for the next turn of a dialogue.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_create_session(max_messages integer DEFAULT 10) RETURNS text
    LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
RETURN llm.session_create(policy => llm_compat.policy(max_messages))::text;
COMMENT ON FUNCTION @extschema@.pg_llm_create_session(integer) IS
'A new dialogue, of which the newest messages are told again; older ones are kept. Errors: LM014.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_multi_turn_chat(instance_name text, session_id text, prompt text)
    RETURNS text
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reply constant jsonb := llm_private.call(
        'session_chat', llm_compat.turn(instance_name, session_id, prompt, '{}'));
BEGIN
    PERFORM llm_private.session_keep(session_id::uuid, prompt, reply);
    RETURN reply ->> 'text';
END
$$;
COMMENT ON FUNCTION @extschema@.pg_llm_multi_turn_chat(text, text, text) IS
'What a model answers in a dialogue; question and answer are remembered. Errors: as llm.session_chat.';

CREATE OR REPLACE FUNCTION llm_compat.piece(session_id text, prompt text, said jsonb) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN llm_private.session_piece(session_id::uuid, prompt, said);
END
$$;
COMMENT ON FUNCTION llm_compat.piece(text, text, jsonb) IS
'The text of a piece; the last one has the dialogue remembered. Not before it comes is the dialogue looked for.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_multi_turn_chat_stream(instance_name text, session_id text, prompt text,
    options jsonb DEFAULT '{}'::jsonb)
    RETURNS TABLE (seq_no integer, chunk text, is_final boolean, model_name text, confidence_score double precision,
        request_id uuid)
    LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 100
BEGIN ATOMIC
    SELECT row_number() OVER ()::integer, coalesce(t.piece, t.said -> 'done' ->> 'text'), t.said ? 'done',
        t.said -> 'done' ->> 'model', NULL::double precision, llm_compat.uuid_of(t.said -> 'done' ->> 'request_id')
    FROM (
        SELECT s.said, llm_compat.piece(session_id, prompt, s.said) AS piece
        FROM (
            SELECT p.piece::jsonb AS said FROM llm_private.pieces p
            WHERE p.request = (SELECT llm_private.asked('session_chat_stream',
                llm_compat.turn(instance_name, session_id, prompt, options)))
            OFFSET 0
        ) AS s
        OFFSET 0
    ) AS t;
END;
COMMENT ON FUNCTION @extschema@.pg_llm_multi_turn_chat_stream(text, text, text, jsonb) IS
'As pg_llm_multi_turn_chat, in rows as pg_llm_chat_stream gives them. It is remembered once all of it has been read.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_set_max_messages(session_id text, max_messages integer) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    which constant uuid := llm_compat.session(session_id);
BEGIN
    UPDATE llm.session s SET policy = s.policy || llm_compat.policy(max_messages) WHERE s.id = which;
END
$$;
COMMENT ON FUNCTION @extschema@.pg_llm_set_max_messages(text, integer) IS
'How many of the newest messages are told again from now on; none is deleted. Errors: LM013 for another''s, LM014.';

CREATE OR REPLACE FUNCTION llm_compat.max_messages(policy jsonb) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce((policy ->> 'messages')::integer, 40);
COMMENT ON FUNCTION llm_compat.max_messages(jsonb) IS 'How many messages a dialogue of that policy tells again.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_get_sessions()
    RETURNS TABLE (session_id text, message_count integer, max_messages integer, last_active_time timestamptz)
    LANGUAGE sql VOLATILE
BEGIN ATOMIC
    SELECT l.id::text, l.messages::integer, llm_compat.max_messages(s.policy), l.used_at
    FROM llm.session_list() l JOIN llm.session s USING (id)
    ORDER BY l.created_at, l.id;
END;
COMMENT ON FUNCTION @extschema@.pg_llm_get_sessions() IS 'The caller''s dialogues, oldest first.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_get_session_messages(session_id text)
    RETURNS TABLE (id bigint, request_id uuid, role text, content text, created_at timestamptz)
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY SELECT m.number, llm_compat.uuid_of(m.request_id), m.role, m.content, m.at
        FROM llm.session_messages(llm_compat.session(session_id)) m;
END
$$;
COMMENT ON FUNCTION @extschema@.pg_llm_get_session_messages(text) IS
'What was said in a dialogue, oldest first. Errors: LM013 for another''s.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_get_session(session_id text) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    which constant uuid := llm_compat.session(session_id);
BEGIN
    RETURN (
        SELECT jsonb_build_object('session_id', s.id, 'state', coalesce(t.state, '{}'),
            'max_messages', llm_compat.max_messages(s.policy), 'last_active_at', s.used_at, 'created_at', s.created_at,
            'messages', (
                SELECT coalesce(jsonb_agg(to_jsonb(m) ORDER BY m.id), '[]')
                FROM @extschema@.pg_llm_get_session_messages(session_id) m))
        FROM llm.session s LEFT JOIN llm_compat.session_state t ON t.session = s.id
        WHERE s.id = which
    );
END
$$;
COMMENT ON FUNCTION @extschema@.pg_llm_get_session(text) IS
'A dialogue: {"session_id", "state", "max_messages", "last_active_at", "created_at", "messages": [{"id", "request_id", "role",
"content", "created_at"}]}. Errors: LM013 for another''s.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_update_session_state(session_id text, state jsonb) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    which constant uuid := llm_compat.session(session_id);
BEGIN
    INSERT INTO llm_compat.session_state AS t (session, state) VALUES (which, pg_llm_update_session_state.state)
    ON CONFLICT (session) DO UPDATE SET state = excluded.state;
    UPDATE llm.session s SET used_at = now() WHERE s.id = which;
END
$$;
COMMENT ON FUNCTION @extschema@.pg_llm_update_session_state(text, jsonb) IS
'Keep something of one''s own with a dialogue, in place of what was kept. Errors: LM013 for another''s.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_delete_session(session_id text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN llm.session_delete(session_id::uuid);
EXCEPTION
    WHEN invalid_text_representation THEN
        RETURN false;
END
$$;
COMMENT ON FUNCTION @extschema@.pg_llm_delete_session(text) IS
'Delete a dialogue of the caller with all that was said; whether there was one.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_cleanup_sessions(timeout_seconds integer) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF timeout_seconds < 0 THEN
        RAISE EXCEPTION 'A time that has passed is 0 s or more, not %.', timeout_seconds
            USING ERRCODE = 'LM014', HINT = 'pg_llm_cleanup_sessions(86400)';
    END IF;
    DELETE FROM llm.session s
    WHERE s.owner = current_user AND s.used_at < now() - make_interval(secs => timeout_seconds);
END
$$;
COMMENT ON FUNCTION @extschema@.pg_llm_cleanup_sessions(integer) IS
'Delete the caller''s dialogues that were not used for so long. Errors: LM014.';
