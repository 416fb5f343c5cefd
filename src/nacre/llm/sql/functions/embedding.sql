-- Texts to vectors.

CREATE OR REPLACE FUNCTION llm.embed(text text, model text DEFAULT NULL) RETURNS real[]
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN CASE WHEN text IS NOT NULL THEN (
    SELECT pg_catalog.array_agg(n.value::real ORDER BY n.number)
    FROM pg_catalog.jsonb_array_elements_text(llm_private.call('embed', pg_catalog.json_build_object(
        'texts', pg_catalog.json_build_array(text), 'model', model)) -> 'vectors' -> 0)
        WITH ORDINALITY AS n (value, number)
) END;
COMMENT ON FUNCTION llm.embed(text, text) IS
'The embedding of a text; null for null. It casts to pgvector''s types: llm.embed(body)::vector.
Without `model` the default one for embeddings, which is local, free and needs no key. Errors: LM001 to LM012, LM018.';

CREATE OR REPLACE FUNCTION llm.embed(texts text[], model text DEFAULT NULL)
    RETURNS TABLE (number integer, embedding real[])
    LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100
BEGIN ATOMIC
    SELECT v.number::integer, (
        SELECT pg_catalog.array_agg(n.value::real ORDER BY n.place)
        FROM pg_catalog.jsonb_array_elements_text(v.vector) WITH ORDINALITY AS n (value, place))
    FROM pg_catalog.jsonb_array_elements(llm_private.call('embed', pg_catalog.json_build_object(
        'texts', texts, 'model', model)) -> 'vectors') WITH ORDINALITY AS v (vector, number);
END;
COMMENT ON FUNCTION llm.embed(text[], text) IS
'The embeddings of many texts, in a few calls; `number` counts from 1, as in the array. Errors: as llm.embed.';
