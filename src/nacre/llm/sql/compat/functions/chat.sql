-- Asking models, as pg_llm 1.1 did. Confidence is null throughout: no model tells one.

CREATE OR REPLACE FUNCTION llm_compat.known(prompt text, options jsonb) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT coalesce((options ->> 'enable_rag')::boolean, false) THEN
        RETURN NULL;
    END IF;
    RETURN (
        SELECT jsonb_agg(format('%s, part %s: %s', k.source_name, k.chunk_index + 1, k.content) ORDER BY k.similarity DESC)
        FROM @extschema@.pg_llm_search_knowledge(
            prompt, jsonb_build_object('limit', coalesce((options ->> 'knowledge_limit')::integer, 3))) k
    );
END
$$;
COMMENT ON FUNCTION llm_compat.known(text, jsonb) IS 'What of the knowledge goes with a prompt: where enable_rag says so.';

CREATE OR REPLACE FUNCTION llm_compat.ask(instance_name text, prompt text, options jsonb) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    spare constant text := nullif(nullif(options ->> 'fallback_instance', ''), instance_name);
    args constant jsonb := jsonb_build_object(
        'prompt', prompt, 'options', llm_compat.told(options), 'data', llm_compat.known(prompt, options));
    why text;
BEGIN
    IF spare IS NULL THEN
        RETURN llm_private.call('chat', (args || jsonb_build_object('model', instance_name))::json)
            || jsonb_build_object('instance', instance_name);
    END IF;
    BEGIN
        RETURN llm_private.call('chat', (args || jsonb_build_object('model', instance_name))::json)
            || jsonb_build_object('instance', instance_name);
    EXCEPTION
        -- What may be otherwise with another model: its key, its limits, its view of what is proper, its time, its troubles.
        WHEN SQLSTATE 'LM002' OR SQLSTATE 'LM003' OR SQLSTATE 'LM004' OR SQLSTATE 'LM005' OR SQLSTATE 'LM006'
            OR SQLSTATE 'LM007' OR SQLSTATE 'LM009' THEN
            GET STACKED DIAGNOSTICS why = MESSAGE_TEXT;
    END;
    RETURN llm_private.call('chat', (args || jsonb_build_object('model', spare))::json)
        || jsonb_build_object('instance', spare, 'before', why);
END
$$;
COMMENT ON FUNCTION llm_compat.ask(text, text, jsonb) IS
'As the side-car answers, with who was asked as `instance`; `before` is why the first one did not answer.';

CREATE OR REPLACE FUNCTION llm_compat.candidate(instance_name text, model_name text, response text, error text)
    RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN jsonb_build_object('instance_name', instance_name, 'model_name', model_name, 'response', response,
    'confidence_score', NULL, 'error', error);
COMMENT ON FUNCTION llm_compat.candidate(text, text, text, text) IS 'What one model answered, or why it did not.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_chat(instance_name text, prompt text) RETURNS text
    LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
RETURN llm_compat.ask(instance_name, prompt, '{}') ->> 'text';
COMMENT ON FUNCTION @extschema@.pg_llm_chat(text, text) IS 'What a model answers. Costs and errors: as llm.chat.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_chat_json(instance_name text, prompt text,
    options jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN (
    SELECT jsonb_build_object('request_id', llm_compat.uuid_of(r.told ->> 'request_id'),
        'instance_name', r.told -> 'instance', 'model_name', r.told -> 'model', 'response', r.told -> 'text',
        'confidence_score', NULL, 'fallback_used', r.told ? 'before',
        'fallback_instance', CASE WHEN r.told ? 'before' THEN r.told ->> 'instance' ELSE '' END,
        'candidates',
            CASE WHEN r.told ? 'before'
                THEN jsonb_build_array(llm_compat.candidate(instance_name, NULL, NULL, r.told ->> 'before'))
                ELSE '[]' END
            || llm_compat.candidate(r.told ->> 'instance', r.told ->> 'model', r.told ->> 'text', NULL),
        'finish', r.told -> 'finish', 'cached', r.told -> 'cached', 'input_tokens', r.told -> 'input_tokens',
        'output_tokens', r.told -> 'output_tokens', 'cost_usd', r.told -> 'cost_usd', 'seconds', r.told -> 'seconds')
    FROM (SELECT llm_compat.ask(instance_name, prompt, options) AS told) AS r
);
COMMENT ON FUNCTION @extschema@.pg_llm_chat_json(text, text, jsonb) IS
'What a model answers, with all that is known of the call: {"request_id", "instance_name", "model_name", "response",
"confidence_score": null, "fallback_used", "fallback_instance", "candidates", "finish", "cached", "input_tokens",
"output_tokens", "cost_usd", "seconds"}. `options`: those of llm.chat; enable_rag and knowledge_limit, what of the
knowledge goes along; fallback_instance, who is asked when the model fails. Costs and errors: as llm.chat.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_chat_stream(instance_name text, prompt text,
    options jsonb DEFAULT '{}'::jsonb)
    RETURNS TABLE (seq_no integer, chunk text, is_final boolean, model_name text, confidence_score double precision,
        request_id uuid)
    LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 100
BEGIN ATOMIC
    SELECT row_number() OVER ()::integer, coalesce(s.said -> 'done' ->> 'text', s.said ->> 'text'), s.said ? 'done',
        s.said -> 'done' ->> 'model', NULL::double precision, llm_compat.uuid_of(s.said -> 'done' ->> 'request_id')
    FROM (
        SELECT p.piece::jsonb AS said FROM llm_private.pieces p
        WHERE p.request = (SELECT llm_private.asked('chat_stream', json_build_object('prompt', prompt,
            'model', instance_name, 'options', llm_compat.told(options), 'data', llm_compat.known(prompt, options))))
        OFFSET 0 -- nothing of what follows may be sent along
    ) AS s
    WHERE s.said IS NOT NULL; -- so that pieces are read also where they are only counted
END;
COMMENT ON FUNCTION @extschema@.pg_llm_chat_stream(text, text, jsonb) IS
'What a model answers, in rows as it says them. The last one has is_final, the whole answer as its chunk, and who
answered in which call. Read as llm.chat_stream. Costs and errors: as there.';

CREATE OR REPLACE FUNCTION llm_compat.ask_several(prompt text, model_names text[], options jsonb) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked constant text[] := coalesce(model_names,
        ARRAY(SELECT m.name FROM llm.models() m WHERE m.kind = 'chat' AND m.tiers = '[]' ORDER BY m.name));
    told jsonb;
    chosen jsonb;
BEGIN
    IF cardinality(asked) = 0 THEN
        RAISE EXCEPTION 'No model is named.'
            USING ERRCODE = 'LM014', HINT = 'SELECT name FROM llm.models() WHERE kind = ''chat'' lists them.';
    END IF;
    SELECT jsonb_agg(a.said || jsonb_build_object('instance', asked[a.number]) ORDER BY a.number) INTO told
    FROM jsonb_array_elements(llm_private.call('parallel_chat', json_build_object('prompt', prompt, 'models', asked,
        'options', llm_compat.told(options), 'data', llm_compat.known(prompt, options)))) WITH ORDINALITY a (said, number);
    SELECT t.said INTO chosen FROM jsonb_array_elements(told) WITH ORDINALITY t (said, number)
    WHERE NOT t.said ? 'error' ORDER BY t.number LIMIT 1;
    IF chosen IS NULL THEN
        RAISE EXCEPTION '%', told -> 0 -> 'error' ->> 'message' USING ERRCODE = told -> 0 -> 'error' ->> 'sqlstate',
            DETAIL = format('None of %s answers; this is what the first one says.', array_to_string(asked, ', ')),
            HINT = coalesce(told -> 0 -> 'error' ->> 'hint', '');
    END IF;
    RETURN jsonb_build_object('chosen', chosen, 'candidates', (
        SELECT jsonb_agg(llm_compat.candidate(t.said ->> 'instance', t.said ->> 'model', t.said ->> 'text',
            t.said -> 'error' ->> 'message') ORDER BY t.number)
        FROM jsonb_array_elements(told) WITH ORDINALITY t (said, number)));
END
$$;
COMMENT ON FUNCTION llm_compat.ask_several(text, text[], jsonb) IS
'What several models answer at the same time; `chosen` is the first in the order of their names here that did.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_parallel_chat(prompt text, model_names text[] DEFAULT '{}'::text[])
    RETURNS text
    LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
RETURN llm_compat.ask_several(prompt, model_names, '{}') -> 'chosen' ->> 'text';
COMMENT ON FUNCTION @extschema@.pg_llm_parallel_chat(text, text[]) IS
'Ask several models at the same time; the answer is that of the first one named that gave any. Costs: as llm.chat, for
each. Errors: that of the first one, where none answers; LM014 where none is named.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_parallel_chat_json(prompt text,
    model_names text[] DEFAULT '{}'::text[], options jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN (
    SELECT jsonb_build_object('request_id', llm_compat.uuid_of(r.told -> 'chosen' ->> 'request_id'),
        'selected_instance', r.told -> 'chosen' -> 'instance', 'model_name', r.told -> 'chosen' -> 'model',
        'response', r.told -> 'chosen' -> 'text', 'confidence_score', NULL,
        'fallback_used', false, 'fallback_instance', '', 'candidates', r.told -> 'candidates')
    FROM (SELECT llm_compat.ask_several(prompt, model_names, options) AS told) AS r
);
COMMENT ON FUNCTION @extschema@.pg_llm_parallel_chat_json(text, text[], jsonb) IS
'As pg_llm_parallel_chat, with every answer or error: {"request_id", "selected_instance", "model_name", "response",
"confidence_score": null, "fallback_used": false, "fallback_instance": "", "candidates"}. Null for `model_names` asks all
models to chat with. `options`: as pg_llm_chat_json.';
