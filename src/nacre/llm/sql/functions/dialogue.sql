-- Dialogues that are remembered, each its owner's alone (row-level security). They travel in time with the database.

CREATE OR REPLACE FUNCTION llm.session_create(title text DEFAULT NULL, model text DEFAULT NULL,
    system text DEFAULT NULL, policy jsonb DEFAULT '{}', expires_after interval DEFAULT NULL) RETURNS uuid
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made uuid;
BEGIN
    PERFORM llm_private.check_policy(policy);
    IF expires_after <= interval '0' THEN
        RAISE EXCEPTION 'A dialogue that expires after % would be over before it began.', expires_after
            USING ERRCODE = 'LM014', HINT = 'llm.session_create(expires_after => ''30 days'')';
    END IF;
    INSERT INTO llm.session (title, model, system, policy, expires_at)
    VALUES (title, model, system, coalesce(policy, '{}'), now() + expires_after)
    RETURNING id INTO made;
    RETURN made;
END
$$;
COMMENT ON FUNCTION llm.session_create(text, text, text, jsonb, interval) IS
'A new dialogue. `policy`: {"kind": "window" | "summary", "messages": 40, "tokens": 8000}, how much of it is told again;
with "summary" what is older is summed up by the model. `expires_after`: it ends so long after it was begun. Errors:
LM014.';

-- The side-car holds a policy to the same (talking/dialogue.py), but only once somebody speaks: too late to choose another.
CREATE OR REPLACE FUNCTION llm_private.check_policy(policy jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    field text;
BEGIN
    IF policy IS NULL THEN
        RETURN;
    END IF;
    IF jsonb_typeof(policy) <> 'object' THEN
        field := 'policy';
    ELSIF coalesce(policy ->> 'kind', 'window') NOT IN ('window', 'summary') THEN
        field := 'policy.kind';
    ELSIF policy ->> 'messages' !~ '^[0-9]{1,4}$' THEN
        field := 'policy.messages';
    ELSIF policy ->> 'tokens' !~ '^0*[1-9][0-9]{0,8}$' THEN
        field := 'policy.tokens';
    ELSE
        SELECT 'policy.' || k INTO field FROM jsonb_object_keys(policy) AS k
        WHERE k NOT IN ('kind', 'messages', 'tokens') OR policy -> k = 'null' LIMIT 1;
    END IF;
    IF field IS NOT NULL THEN
        RAISE EXCEPTION '“%” of session_create cannot be used.', field USING ERRCODE = 'LM014',
            HINT = '{"kind": "window" or "summary", "messages": 0 to 9999, "tokens": 1 or more}: each may be left out.';
    END IF;
END
$$;
COMMENT ON FUNCTION llm_private.check_policy(jsonb) IS 'Refuses what is no policy of a dialogue. Errors: LM014.';

CREATE OR REPLACE FUNCTION llm_private.session(session uuid) RETURNS llm.session
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_one llm.session;
BEGIN
    SELECT * INTO found_one FROM llm.session s
    WHERE s.id = session.session AND s.owner = current_user AND (s.expires_at IS NULL OR s.expires_at > now());
    IF NOT FOUND THEN
        RAISE EXCEPTION 'There is no dialogue % of %, or it has expired.', session, current_user
            USING ERRCODE = 'LM013', HINT = 'SELECT * FROM llm.session_list() lists yours.';
    END IF;
    RETURN found_one;
END
$$;
COMMENT ON FUNCTION llm_private.session(uuid) IS 'A dialogue of the caller. Errors: LM013 where it is not theirs.';

CREATE OR REPLACE FUNCTION llm.session_append(session uuid, role text, content text) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    added bigint;
BEGIN
    PERFORM llm_private.session(session);
    IF role NOT IN ('system', 'user', 'assistant') OR content IS NULL THEN
        RAISE EXCEPTION 'A message is said by system, user or assistant, and says something.'
            USING ERRCODE = 'LM014', HINT = 'llm.session_append(session, ''user'', ''Hello'')';
    END IF;
    INSERT INTO llm.message (session, role, content) VALUES (session_append.session, role, content)
    RETURNING number INTO added;
    UPDATE llm.session s SET used_at = now() WHERE s.id = session_append.session;
    RETURN added;
END
$$;
COMMENT ON FUNCTION llm.session_append(uuid, text, text) IS
'Add a message to a dialogue without asking; gives its number. Errors: LM013 for another''s, LM014.';

CREATE OR REPLACE FUNCTION llm.session_messages(session uuid)
    RETURNS TABLE (number bigint, role text, content text, request_id text, at timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM llm_private.session(session);
    RETURN QUERY SELECT m.number, m.role, m.content, m.request_id, m.at FROM llm.message m
        WHERE m.session = session_messages.session ORDER BY m.number;
END
$$;
COMMENT ON FUNCTION llm.session_messages(uuid) IS 'What was said in a dialogue, oldest first. Errors: LM013.';

CREATE OR REPLACE FUNCTION llm.session_list()
    RETURNS TABLE (id uuid, title text, model text, messages bigint, created_at timestamptz, used_at timestamptz,
        expires_at timestamptz)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT s.id, s.title, s.model, (SELECT count(*) FROM llm.message m WHERE m.session = s.id), s.created_at,
        s.used_at, s.expires_at
    FROM llm.session s
    WHERE s.owner = current_user AND (s.expires_at IS NULL OR s.expires_at > pg_catalog.now())
    ORDER BY s.used_at DESC;
END;
COMMENT ON FUNCTION llm.session_list() IS 'The caller''s dialogues, those used last first.';

CREATE OR REPLACE FUNCTION llm.session_delete(session uuid) RETURNS boolean
    LANGUAGE sql VOLATILE
BEGIN ATOMIC
    WITH gone AS (
        DELETE FROM llm.session s WHERE s.owner = current_user
            AND (s.id = session_delete.session OR s.expires_at <= pg_catalog.now())
        RETURNING s.id
    )
    SELECT EXISTS (SELECT FROM gone WHERE id = session_delete.session);
END;
COMMENT ON FUNCTION llm.session_delete(uuid) IS
'Delete a dialogue with all that was said; whether there was one. Those of the caller that expired go along.';

CREATE OR REPLACE FUNCTION llm_private.session_args(session uuid, prompt text, options jsonb) RETURNS json
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s constant llm.session := llm_private.session(session);
BEGIN
    RETURN json_build_object('prompt', prompt, 'model', s.model, 'system', s.system, 'policy', s.policy,
        'summary', s.summary, 'options', options, 'messages', (
            SELECT coalesce(json_agg(json_build_object('role', m.role, 'content', m.content) ORDER BY m.number), '[]')
            FROM llm.message m WHERE m.session = session_args.session AND m.number > s.summed_up));
END
$$;
COMMENT ON FUNCTION llm_private.session_args(uuid, text, jsonb) IS 'What the side-car is told of a dialogue.';

CREATE OR REPLACE FUNCTION llm_private.session_keep(session uuid, prompt text, reply jsonb) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF reply ->> 'summary' IS NOT NULL THEN
        UPDATE llm.session s SET summary = reply ->> 'summary', summed_up = coalesce((
            SELECT m.number FROM llm.message m WHERE m.session = session_keep.session
            ORDER BY m.number DESC OFFSET (reply ->> 'kept')::integer LIMIT 1), s.summed_up)
        WHERE s.id = session_keep.session;
    END IF;
    INSERT INTO llm.message (session, role, content, request_id) VALUES
        (session_keep.session, 'user', prompt, reply ->> 'request_id'),
        (session_keep.session, 'assistant', reply ->> 'text', reply ->> 'request_id');
    UPDATE llm.session s SET used_at = now() WHERE s.id = session_keep.session;
END
$$;
COMMENT ON FUNCTION llm_private.session_keep(uuid, text, jsonb) IS 'Remember a question and its answer in a dialogue.';

CREATE OR REPLACE FUNCTION llm.session_chat(session uuid, prompt text, options jsonb DEFAULT '{}') RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reply jsonb;
BEGIN
    reply := llm_private.call('session_chat', llm_private.session_args(session, prompt, options));
    PERFORM llm_private.session_keep(session, prompt, reply);
    RETURN reply ->> 'text';
END
$$;
COMMENT ON FUNCTION llm.session_chat(uuid, text, jsonb) IS
'What the model answers in a dialogue; question and answer are remembered. Costs: what is told again counts each time.
Errors: as llm.chat; LM013 for another''s dialogue.';

CREATE OR REPLACE FUNCTION llm_private.session_piece(session uuid, prompt text, said jsonb) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF said ? 'done' THEN
        PERFORM llm_private.session_keep(session, prompt, said -> 'done');
    END IF;
    RETURN said ->> 'text';
END
$$;
COMMENT ON FUNCTION llm_private.session_piece(uuid, text, jsonb) IS
'The text of a piece; the last one, which has none, has the dialogue remembered.';

CREATE OR REPLACE FUNCTION llm.session_chat_stream(session uuid, prompt text, options jsonb DEFAULT '{}')
    RETURNS TABLE (piece text)
    LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 100
BEGIN ATOMIC
    SELECT t.piece FROM (
        SELECT llm_private.session_piece(session, prompt, s.said) AS piece
        FROM (
            SELECT p.piece::jsonb AS said FROM llm_private.pieces p
            WHERE p.request = (SELECT llm_private.asked('session_chat_stream',
                llm_private.session_args(session, prompt, options)))
            OFFSET 0
        ) AS s
        OFFSET 0
    ) AS t
    WHERE t.piece IS NOT NULL;
END;
COMMENT ON FUNCTION llm.session_chat_stream(uuid, text, jsonb) IS
'As llm.session_chat, in rows as the model says them. It is remembered once all of it has been read.';
