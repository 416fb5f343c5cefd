-- Vectors and knowledge: stored and searched here, made by the side-car. Members of llm_user share them.

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_store_vector(table_name text, column_name text, row_id bigint,
    query_vector @extschema:vector@.vector, metadata jsonb DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    stored bigint;
BEGIN
    IF num_nulls(table_name, column_name, row_id, query_vector) = 0 THEN
        INSERT INTO llm_compat.vector AS v (table_name, column_name, row_id, query_vector, metadata)
        VALUES (pg_llm_store_vector.table_name, pg_llm_store_vector.column_name, pg_llm_store_vector.row_id,
            pg_llm_store_vector.query_vector, coalesce(pg_llm_store_vector.metadata, '{}'))
        RETURNING v.id INTO stored;
    END IF;
    RETURN stored;
END
$$;
COMMENT ON FUNCTION @extschema@.pg_llm_store_vector(text, text, bigint, @extschema:vector@.vector, jsonb) IS
'Keep a vector of any dimension; gives its number, or null where anything but the metadata is null.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_search_vectors(query_vector @extschema:vector@.vector,
    limit_count integer DEFAULT 10, similarity_threshold real DEFAULT 0.7)
    RETURNS TABLE (id bigint, table_name text, column_name text, row_id bigint, similarity real, metadata jsonb)
    LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT n.id, n.table_name, n.column_name, n.row_id, (1 - n.distance)::real, n.metadata
    FROM (
        SELECT a.id, a.table_name, a.column_name, a.row_id, a.metadata,
            a.query_vector OPERATOR(@extschema:vector@.<=>) pg_llm_search_vectors.query_vector AS distance
        FROM (
            SELECT v.* FROM llm_compat.vector v
            WHERE @extschema:vector@.vector_dims(v.query_vector)
                = @extschema:vector@.vector_dims(pg_llm_search_vectors.query_vector)
            OFFSET 0 -- those of other dimensions cannot be compared at all
        ) AS a
    ) AS n
    WHERE n.distance <> 'NaN' AND (1 - n.distance)::real >= similarity_threshold
    ORDER BY n.distance, n.id LIMIT limit_count;
END
$$;
COMMENT ON FUNCTION @extschema@.pg_llm_search_vectors(@extschema:vector@.vector, integer, real) IS
'The stored vectors of that dimension that are most alike by their cosine, compared one by one.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_get_embedding(instance_name text, text_var text)
    RETURNS @extschema:vector@.vector
    LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
RETURN llm.embed(text_var, instance_name)::@extschema:vector@.vector;
COMMENT ON FUNCTION @extschema@.pg_llm_get_embedding(text, text) IS
'The embedding of a text by a model for embeddings; “local” is there from the start and gives 384 numbers.
Errors: as llm.embed; LM014 for a model to chat with.';

CREATE OR REPLACE FUNCTION llm_compat.model_of(options jsonb) RETURNS text
    LANGUAGE sql STABLE
RETURN coalesce(options ->> 'model', (SELECT c.model FROM llm_compat.chunk c ORDER BY c.id DESC LIMIT 1));
COMMENT ON FUNCTION llm_compat.model_of(jsonb) IS
'Which model embeds knowledge: the one that is named, else the one that all was embedded by so far, whatever is the
default now. Null where there is nothing yet.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_add_knowledge(source_name text, content text,
    metadata jsonb DEFAULT '{}'::jsonb, options jsonb DEFAULT '{}'::jsonb) RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made constant jsonb := llm_private.call('embed_chunks', json_build_object('text', content,
        'model', llm_compat.model_of(options), 'chunking', json_build_object('by', 'recursive',
            'size', greatest(coalesce((options ->> 'chunk_size')::integer, 200), 32),
            'overlap', coalesce((options ->> 'chunk_overlap')::integer, 0))));
    document bigint;
BEGIN
    IF source_name IS NULL OR jsonb_array_length(made -> 'chunks') = 0 THEN
        RAISE EXCEPTION 'Knowledge has a source and a content.'
            USING ERRCODE = 'LM014', HINT = 'pg_llm_add_knowledge(''handbook'', ''What it says …'')';
    END IF;
    INSERT INTO llm_compat.document AS d (source_name, content, metadata)
    VALUES (pg_llm_add_knowledge.source_name, pg_llm_add_knowledge.content,
        coalesce(pg_llm_add_knowledge.metadata, '{}'))
    RETURNING d.id INTO document;
    INSERT INTO llm_compat.chunk (document_id, chunk_index, content, model, digest, embedding)
    SELECT document, c.number - 1, c.part ->> 'text', made ->> 'model', made ->> 'digest',
        (c.part ->> 'vector')::@extschema:vector@.vector
    FROM jsonb_array_elements(made -> 'chunks') WITH ORDINALITY c (part, number);
    RETURN document;
END
$$;
COMMENT ON FUNCTION @extschema@.pg_llm_add_knowledge(text, text, jsonb, jsonb) IS
'Keep a text in parts that can be found by what they mean; gives the number of the document. `options`: chunk_size (200
characters, at least 32), chunk_overlap (0), model (that of what is there, else the default one). Errors: LM014; as llm.embed.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_search_knowledge(query text, options jsonb DEFAULT '{}'::jsonb)
    RETURNS TABLE (chunk_id bigint, document_id bigint, chunk_index integer, source_name text, content text,
        similarity real, metadata jsonb)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked constant jsonb := llm_private.call('embed', json_build_object('texts', json_build_array(query),
        'model', llm_compat.model_of(options)));
    meaning constant @extschema:vector@.vector := (asked -> 'vectors' -> 0)::text::@extschema:vector@.vector;
BEGIN
    RETURN QUERY
    SELECT c.id, c.document_id, c.chunk_index, d.source_name, c.content,
        (1 - (c.embedding OPERATOR(@extschema:vector@.<=>) meaning))::real, d.metadata
    FROM llm_compat.chunk c JOIN llm_compat.document d ON d.id = c.document_id
    WHERE c.digest = asked ->> 'digest'
    ORDER BY c.embedding OPERATOR(@extschema:vector@.<=>) meaning, c.id
    LIMIT coalesce((options ->> 'limit')::integer, 5);
    IF NOT FOUND AND EXISTS (SELECT FROM llm_compat.chunk c WHERE c.digest <> asked ->> 'digest') THEN
        RAISE EXCEPTION 'The knowledge was embedded by another model than “%”: its vectors do not compare.', asked ->> 'model'
            USING ERRCODE = 'LM025', HINT = format('Name that one by the option model, or add it again: it was %s.', (
                SELECT string_agg(DISTINCT c.model, ', ') FROM llm_compat.chunk c));
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.pg_llm_search_knowledge(text, jsonb) IS
'The parts of the knowledge whose meaning is nearest to a query, compared one by one. `options`: limit (5), model (that
of what is there). Errors: as llm.embed; LM025 where all of it is of another model.';
