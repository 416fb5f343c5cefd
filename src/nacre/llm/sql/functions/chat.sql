-- Asking a model: one question, many, several models, piece by piece.

CREATE OR REPLACE FUNCTION llm.chat(prompt text, model text DEFAULT NULL, system text DEFAULT NULL,
    options jsonb DEFAULT '{}') RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN CASE WHEN prompt IS NOT NULL THEN llm_private.call('chat', pg_catalog.json_build_object(
    'prompt', prompt, 'model', model, 'system', system, 'options', options)) ->> 'text' END;
COMMENT ON FUNCTION llm.chat(text, text, text, jsonb) IS
'What a model answers; null for null. Without `model`, the default one.
`options`: temperature, max_tokens, seed, stop (a list), timeout_s, cache (false: ask anew), semantic (0 to 1: take the
answer to a question that is so much alike), extra (the provider''s own).
Costs: the tokens of prompt and answer, nothing where the same was asked before.
Errors: LM001 to LM012, LM018; 57014 when it is cancelled or takes too long.';

CREATE OR REPLACE FUNCTION llm.chat_json(prompt text, schema jsonb, model text DEFAULT NULL, system text DEFAULT NULL,
    options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN CASE WHEN prompt IS NOT NULL THEN llm_private.call('chat_json', pg_catalog.json_build_object(
    'prompt', prompt, 'schema', schema, 'model', model, 'system', system, 'options', options)) -> 'json' END;
COMMENT ON FUNCTION llm.chat_json(text, jsonb, text, text, jsonb) IS
'What a model answers as JSON that follows a JSON Schema. An answer that does not is asked for again, twice.
Costs: as llm.chat, up to three times. Errors: as llm.chat; LM010 when no answer follows the schema.';

CREATE OR REPLACE FUNCTION llm.chat_stream(prompt text, model text DEFAULT NULL, system text DEFAULT NULL,
    options jsonb DEFAULT '{}') RETURNS TABLE (piece text)
    LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 100
BEGIN ATOMIC
    SELECT s.said ->> 'text'
    FROM (
        SELECT p.piece::jsonb AS said FROM llm_private.pieces p
        WHERE p.request = (SELECT llm_private.asked('chat_stream', pg_catalog.json_build_object(
            'prompt', prompt, 'model', model, 'system', system, 'options', options)))
        OFFSET 0 -- nothing of what follows may be sent along
    ) AS s
    WHERE s.said ? 'text';
END;
COMMENT ON FUNCTION llm.chat_stream(text, text, text, jsonb) IS
'What a model answers, in rows as it says them. Read them by a cursor or row by row: other clients wait for the last.
Costs and errors: as llm.chat; an error may come after some rows, and the transaction fails then.';

CREATE OR REPLACE FUNCTION llm.chat_batch(prompts text[], model text DEFAULT NULL, system text DEFAULT NULL,
    options jsonb DEFAULT '{}') RETURNS TABLE (number integer, answer text, error text, sqlstate text)
    LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100
BEGIN ATOMIC
    SELECT t.number::integer, t.said ->> 'text', t.said -> 'error' ->> 'message', t.said -> 'error' ->> 'sqlstate'
    FROM pg_catalog.jsonb_array_elements(llm_private.call('chat_batch', pg_catalog.json_build_object(
        'prompts', prompts, 'model', model, 'system', system, 'options', options)))
        WITH ORDINALITY AS t (said, number);
END;
COMMENT ON FUNCTION llm.chat_batch(text[], text, text, jsonb) IS
'What a model answers to each of many prompts, several at once; `number` counts from 1, as in the array.
One that fails has its error in its row and spoils no other. Costs and errors: as llm.chat, for each.';

CREATE OR REPLACE FUNCTION llm.parallel_chat(prompt text, models text[], system text DEFAULT NULL,
    options jsonb DEFAULT '{}')
    RETURNS TABLE (model text, answer text, error text, seconds double precision, cost_usd numeric)
    LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 3
BEGIN ATOMIC
    SELECT t.said ->> 'model', t.said ->> 'text', t.said -> 'error' ->> 'message',
        (t.said ->> 'seconds')::double precision, (t.said ->> 'cost_usd')::numeric
    FROM pg_catalog.jsonb_array_elements(llm_private.call('parallel_chat', pg_catalog.json_build_object(
        'prompt', prompt, 'models', models, 'system', system, 'options', options)))
        WITH ORDINALITY AS t (said, number)
    ORDER BY t.number;
END;
COMMENT ON FUNCTION llm.parallel_chat(text, text[], text, jsonb) IS
'What several models answer to one prompt, asked at the same time. Costs and errors: as llm.chat, for each.';
