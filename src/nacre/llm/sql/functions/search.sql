-- Search by meaning and by words, fused; as the caller, who sees only what the source shows them.

-- llm.search(vectorizer, query, k, filter, options) → the best chunks, best first
--   filter   {"column": value, …} on columns of the source: a value it equals, null, a list of which it is one, or
--            {">=": …, "<": …, "!=": …}; for jsonb and array columns what they contain
--   options  {"legs": ["vector", "text"], "depth": candidates of each leg (default 4 k, at least 40), "rrf_k": 60}
-- `score` is reciprocal rank fusion (Cormack and others, 2009): the sum of 1 / (60 + rank) over the legs.
-- Costs: one embedding of the query, unless only the text leg is asked. Errors: LM014 for arguments, those of llm.embed.
CREATE OR REPLACE FUNCTION llm.search(vectorizer text, query text, k integer DEFAULT 10, filter jsonb DEFAULT NULL,
    options jsonb DEFAULT '{}')
RETURNS TABLE (key jsonb, seq integer, chunk text, score double precision, vector_rank bigint, text_rank bigint,
    distance double precision, text_score real)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before constant regclass := (llm_data.named(vectorizer)).vectors;
    plan record := llm_data.search_plan(vectorizer, filter, options);
    meaning text;
    probes integer;
    depth integer := greatest(coalesce((options ->> 'depth')::integer, greatest(4 * k, 40)), k);
BEGIN
    IF plan.by_vector AND query <> '' THEN
        meaning := llm_data.meaning(vectorizer, query);
    END IF;
    IF llm_data.stay(vectorizer) <> before THEN -- others have taken their place meanwhile
        plan := llm_data.search_plan(vectorizer, filter, options);
        IF meaning IS NOT NULL THEN
            meaning := llm_data.meaning(vectorizer, query);
        END IF;
    END IF;
    probes := llm_data.probes(vectorizer);
    IF plan.iterative THEN -- the index is asked on until the filter has let enough through
        PERFORM set_config('hnsw.iterative_scan', 'relaxed_order', true),
            set_config('ivfflat.iterative_scan', 'relaxed_order', true);
    END IF;
    -- An index finds no more than it is told to look for.
    PERFORM set_config('hnsw.ef_search', least(depth, 1000)::text, true)
    WHERE depth > coalesce(nullif(current_setting('hnsw.ef_search', true), '')::integer, 40);
    PERFORM set_config('ivfflat.probes', probes::text, true)
    WHERE probes > coalesce(nullif(current_setting('ivfflat.probes', true), '')::integer, 1);
    RETURN QUERY EXECUTE plan.statement
        USING meaning, CASE WHEN plan.by_text THEN llm_data.any_word(plan.words, query) END, filter,
            depth, coalesce((options ->> 'rrf_k')::integer, 60), k;
END
$$;

-- The statement that searches a vectorizer, of which every value is a parameter: $1 the query's vector, $2 its words,
-- $3 the filter, $4 candidates of each leg, $5 the constant of the fusion, $6 how many results.
CREATE OR REPLACE FUNCTION llm_data.search_plan(name text, filter jsonb, options jsonb, OUT statement text,
    OUT by_vector boolean, OUT by_text boolean, OUT words regconfig, OUT iterative boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v llm.vectorizer := llm_data.named(name);
    s record := llm_data.source_of(v);
    legs jsonb := coalesce(options -> 'legs', '["vector", "text"]');
    kind text;
    vector_schema text;
BEGIN
    IF s.keys IS NULL THEN
        RAISE EXCEPTION '%', s.reason USING ERRCODE = 'LM014', HINT = 'Drop the vectorizer, and make it anew.';
    END IF;
    IF v.source_name IS DISTINCT FROM v.source::text THEN
        PERFORM llm_data.name_source(v);
    END IF;
    by_vector := legs ? 'vector';
    by_text := legs ? 'text';
    words := v.words;
    iterative := (SELECT string_to_array(extversion, '.')::integer[] >= '{0,8}' FROM pg_extension WHERE extname = 'vector');
    SELECT format_type(a.atttypid, NULL), n.nspname INTO kind, vector_schema
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE a.attrelid = v.vectors AND a.attname = 'embedding';
    statement := format($q$
        WITH near AS (
            SELECT n.chunk_id, n.distance, row_number() OVER (ORDER BY n.distance, n.chunk_id) AS place FROM (
                SELECT v.chunk_id, v.embedding OPERATOR(%6$I.<=>) $1::%7$s AS distance
                FROM %1$s v JOIN %2$s s ON (%3$s) = (%4$s)
                WHERE $1 IS NOT NULL AND %5$s
                ORDER BY v.embedding OPERATOR(%6$I.<=>) $1::%7$s LIMIT $4
            ) n
        ), said AS (
            SELECT t.chunk_id, t.score, row_number() OVER (ORDER BY t.score DESC, t.chunk_id) AS place FROM (
                SELECT v.chunk_id, ts_rank_cd(v.words, $2, 1) AS score
                FROM %1$s v JOIN %2$s s ON (%3$s) = (%4$s)
                WHERE v.words @@ $2 AND %5$s
                ORDER BY score DESC, v.chunk_id LIMIT $4
            ) t
        ), fused AS (
            SELECT chunk_id, near.place AS vector_rank, said.place AS text_rank, near.distance, said.score AS text_score,
                (coalesce(1.0 / ($5 + near.place), 0) + coalesce(1.0 / ($5 + said.place), 0))::double precision AS score
            FROM near FULL JOIN said USING (chunk_id)
        )
        SELECT jsonb_build_array(%4$s), v.seq, v.chunk, f.score, f.vector_rank, f.text_rank, f.distance, f.text_score
        FROM fused f JOIN %1$s v USING (chunk_id)
        ORDER BY f.score DESC, f.chunk_id LIMIT $6
    $q$, v.vectors, s.source, 's.' || array_to_string(s.keys, ', s.'),
        (SELECT string_agg(format('v.%I', k), ', ' ORDER BY n) FROM unnest(v.key_names) WITH ORDINALITY AS k (k, n)),
        llm_data.condition(v.source, filter), vector_schema, kind);
END
$$;

-- A filter as a condition on the source `s`: column names are looked up, values stay in the parameter $3.
CREATE OR REPLACE FUNCTION llm_data.condition(source regclass, filter jsonb) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parts text[] := '{true}';
    asked record;
    bound record;
    col record;
BEGIN
    IF filter IS NULL OR jsonb_typeof(filter) = 'null' THEN
        RETURN 'true';
    END IF;
    IF jsonb_typeof(filter) <> 'object' THEN
        RAISE EXCEPTION 'A filter is an object of columns and values.'
            USING ERRCODE = 'LM014', HINT = 'For example {"lang": "en", "year": {">=": 2020}}.';
    END IF;
    FOR asked IN SELECT f.key, f.value, jsonb_typeof(f.value) AS type FROM jsonb_each(filter) f LOOP
        SELECT format('s.%I', a.attname) AS place, format_type(a.atttypid, a.atttypmod) AS type,
            a.atttypid = 'jsonb'::regtype AS is_json, t.typcategory = 'A' AS is_array
        INTO col FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = source AND a.attname = asked.key AND a.attnum > 0 AND NOT a.attisdropped;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'The filter names “%”, which % has no column of.', asked.key, source
                USING ERRCODE = 'LM014', HINT = (SELECT 'It has ' || string_agg(a.attname, ', ' ORDER BY a.attnum) || '.'
                    FROM pg_attribute a WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped);
        END IF;
        IF asked.type = 'null' THEN
            parts := parts || format('%s IS NULL', col.place);
        ELSIF col.is_json THEN
            parts := parts || format('%s @> ($3 -> %L)', col.place, asked.key);
        ELSIF col.is_array THEN
            parts := parts || format('%s @> ARRAY(SELECT jsonb_array_elements_text('
                'CASE jsonb_typeof($3 -> %2$L) WHEN ''array'' THEN $3 -> %2$L ELSE jsonb_build_array($3 -> %2$L) END'
                '))::%3$s', col.place, asked.key, col.type);
        ELSIF asked.type = 'array' THEN
            parts := parts || format('%s = ANY (ARRAY(SELECT jsonb_array_elements_text($3 -> %L))::%s[])',
                col.place, asked.key, col.type);
        ELSIF asked.type = 'object' THEN
            FOR bound IN SELECT o.key AS sign FROM jsonb_object_keys(asked.value) o (key) LOOP
                IF bound.sign NOT IN ('=', '!=', '<', '<=', '>', '>=') THEN
                    RAISE EXCEPTION 'A filter cannot compare with “%”.', bound.sign
                        USING ERRCODE = 'LM014', HINT = 'It compares with =, !=, <, <=, > and >=.';
                END IF;
                parts := parts || format('%s %s ($3 -> %L ->> %L)::%s', col.place,
                    CASE bound.sign WHEN '!=' THEN '<>' ELSE bound.sign END, asked.key, bound.sign, col.type);
            END LOOP;
        ELSE
            parts := parts || format('%s = ($3 ->> %L)::%s', col.place, asked.key, col.type);
        END IF;
    END LOOP;
    RETURN array_to_string(parts, ' AND ');
END
$$;

-- The vectorizer of a name, for whoever may search.
CREATE OR REPLACE FUNCTION llm_data.named(name text) RETURNS llm.vectorizer
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v llm.vectorizer;
BEGIN
    SELECT * INTO v FROM llm.vectorizer w WHERE w.name = named.name AND w.replaces IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'There is no vectorizer “%”.', name
            USING ERRCODE = 'LM014', HINT = 'SELECT name FROM llm.vectorizer_status() lists them.';
    END IF;
    RETURN v;
END
$$;

-- The vectors of a vectorizer, of which none take the place until the transaction ends. Its source is locked first, as
-- TRUNCATE does it; by reading nothing of it, since the keeper may read some columns alone.
CREATE OR REPLACE FUNCTION llm_data.stay(vectorizer text) RETURNS regclass
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v llm.vectorizer := llm_data.named(vectorizer);
    s record := llm_data.source_of(v);
BEGIN
    IF s.keys IS NOT NULL THEN
        EXECUTE format('SELECT FROM %s LIMIT 0', s.source);
    END IF;
    EXECUTE format('LOCK TABLE llm_data.%I IN ACCESS SHARE MODE', v.name);
    RETURN (llm_data.named(vectorizer)).vectors;
END
$$;

-- In how many lists of an ivfflat is looked: the root of their number, as pgvector advises. NULL for other indexes.
CREATE OR REPLACE FUNCTION llm_data.probes(vectorizer text) RETURNS integer
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ceil(sqrt(o.option_value::integer))::integer
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam,
        pg_options_to_table(c.reloptions) o
    WHERE i.indrelid = (llm_data.named(vectorizer)).vectors AND m.amname = 'ivfflat' AND o.option_name = 'lists'
$$;

-- The vector of a query, by the model that the vectorizer's are of; refused where that is another one by now.
CREATE OR REPLACE FUNCTION llm_data.meaning(vectorizer text, query text) RETURNS text
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT llm_private.call('embed_query', json_build_object('query', query, 'model', v.model, 'digest', v.digest))
        #>> '{}'
    FROM llm_data.named(vectorizer) v
$$;
