-- Operators on texts: of one text, or of an array of them in as few calls as they fit in.

CREATE OR REPLACE FUNCTION llm.classify(text text, labels text[], model text DEFAULT NULL) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN CASE WHEN text IS NOT NULL THEN llm_private.call('classify', pg_catalog.json_build_object(
    'texts', pg_catalog.json_build_array(text), 'labels', labels, 'model', model)) ->> 0 END;
COMMENT ON FUNCTION llm.classify(text, text[], text) IS
'The one of the labels that fits a text best; null for null.
Costs: the tokens of the text; nothing where the same was asked before. Errors: as llm.chat.';

CREATE OR REPLACE FUNCTION llm.classify(texts text[], labels text[], model text DEFAULT NULL) RETURNS text[]
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN ARRAY(SELECT a.value FROM pg_catalog.jsonb_array_elements_text(llm_private.call('classify',
    pg_catalog.json_build_object('texts', texts, 'labels', labels, 'model', model)))
    WITH ORDINALITY AS a (value, place) ORDER BY a.place);
COMMENT ON FUNCTION llm.classify(text[], text[], text) IS
'The label of each text, in their order; 16 texts or so go in one call. Costs and errors: as for one.';

CREATE OR REPLACE FUNCTION llm.extract(text text, schema jsonb, model text DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN CASE WHEN text IS NOT NULL THEN llm_private.call('extract', pg_catalog.json_build_object(
    'texts', pg_catalog.json_build_array(text), 'schema', schema, 'model', model)) -> 0 END;
COMMENT ON FUNCTION llm.extract(text, jsonb, text) IS
'What a text says, as JSON that follows a JSON Schema; null for null.
Costs: the tokens of text and schema; nothing where the same was asked before. Errors: as llm.chat_json.';

CREATE OR REPLACE FUNCTION llm.extract(texts text[], schema jsonb, model text DEFAULT NULL) RETURNS jsonb[]
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN ARRAY(SELECT nullif(a.value, 'null') FROM pg_catalog.jsonb_array_elements(llm_private.call('extract',
    pg_catalog.json_build_object('texts', texts, 'schema', schema, 'model', model)))
    WITH ORDINALITY AS a (value, place) ORDER BY a.place);
COMMENT ON FUNCTION llm.extract(text[], jsonb, text) IS
'What each text says, in their order; 16 texts or so go in one call. Costs and errors: as for one.';

CREATE OR REPLACE FUNCTION llm.filter(text text, condition text, model text DEFAULT NULL) RETURNS boolean
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN CASE WHEN text IS NOT NULL THEN (llm_private.call('filter', pg_catalog.json_build_object(
    'texts', pg_catalog.json_build_array(text), 'condition', condition, 'model', model)) ->> 0)::boolean END;
COMMENT ON FUNCTION llm.filter(text, text, text) IS
'Whether a condition, in words, holds for a text; null for null. Ask ordinary conditions first: they cost nothing.
Costs: the tokens of the text; nothing where the same was asked before. Errors: as llm.chat.';

CREATE OR REPLACE FUNCTION llm.filter(texts text[], condition text, model text DEFAULT NULL) RETURNS boolean[]
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN ARRAY(SELECT a.value::boolean FROM pg_catalog.jsonb_array_elements_text(llm_private.call('filter',
    pg_catalog.json_build_object('texts', texts, 'condition', condition, 'model', model)))
    WITH ORDINALITY AS a (value, place) ORDER BY a.place);
COMMENT ON FUNCTION llm.filter(text[], text, text) IS
'Whether a condition holds for each text, in their order; 16 texts or so go in one call. Costs and errors: as for one.';

CREATE OR REPLACE FUNCTION llm.translate(text text, language text, model text DEFAULT NULL) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN CASE WHEN text IS NOT NULL THEN llm_private.call('translate', pg_catalog.json_build_object(
    'texts', pg_catalog.json_build_array(text), 'language', language, 'model', model)) ->> 0 END;
COMMENT ON FUNCTION llm.translate(text, text, text) IS
'A text in another language; null for null.
Costs: the tokens of the text, and as many again; nothing where the same was asked before. Errors: as llm.chat.';

CREATE OR REPLACE FUNCTION llm.translate(texts text[], language text, model text DEFAULT NULL) RETURNS text[]
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN ARRAY(SELECT a.value FROM pg_catalog.jsonb_array_elements_text(llm_private.call('translate',
    pg_catalog.json_build_object('texts', texts, 'language', language, 'model', model)))
    WITH ORDINALITY AS a (value, place) ORDER BY a.place);
COMMENT ON FUNCTION llm.translate(text[], text, text) IS
'Each text in another language, in their order; 16 texts or so go in one call. Costs and errors: as for one.';

CREATE OR REPLACE FUNCTION llm.rank(texts text[], query text, model text DEFAULT NULL)
    RETURNS TABLE (number integer, text text, judge_score double precision)
    LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100
BEGIN ATOMIC
    SELECT (r.judged ->> 'item')::integer, texts[(r.judged ->> 'item')::integer],
        (r.judged ->> 'judge_score')::double precision
    FROM pg_catalog.jsonb_array_elements(llm_private.call('rank', pg_catalog.json_build_object(
        'texts', texts, 'query', query, 'model', model))) WITH ORDINALITY AS r (judged, place)
    ORDER BY r.place;
END;
COMMENT ON FUNCTION llm.rank(text[], text, text) IS
'Texts by how well they answer a query, the best first; `number` counts from 1, as in the array.
`judge_score`, 0 to 10, is what the model says of each text by itself: a judgement, and no probability.
Costs: the tokens of the texts; nothing where the same was asked before. Errors: as llm.chat.';

CREATE OR REPLACE FUNCTION llm.summarize(texts text[], instruction text DEFAULT NULL, model text DEFAULT NULL)
    RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN CASE WHEN texts IS NOT NULL THEN llm_private.call('summarize', pg_catalog.json_build_object(
    'texts', texts, 'instruction', instruction, 'model', model)) #>> '{}' END;
COMMENT ON FUNCTION llm.summarize(text[], text, text) IS
'One summary of many texts: of as many as the model reads at once, then of those summaries, until it is one.
Costs: the tokens of all texts, and a little more for each round. Errors: as llm.chat.';

CREATE OR REPLACE FUNCTION llm_private.summary(texts text[]) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN llm.summarize(texts);

CREATE OR REPLACE AGGREGATE llm.summarize_agg(text) (
    SFUNC = pg_catalog.array_append, STYPE = text[], FINALFUNC = llm_private.summary
);
COMMENT ON AGGREGATE llm.summarize_agg(text) IS
'One summary of the texts of a group; null where there is none. Costs and errors: as llm.summarize.';
