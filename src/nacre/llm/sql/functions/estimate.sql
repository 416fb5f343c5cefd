-- What a query would ask of models, and cost, before it is run.

CREATE OR REPLACE FUNCTION llm.estimate(query text, model text DEFAULT NULL)
    RETURNS TABLE (function text, calls bigint, input_tokens bigint, output_tokens bigint, cost_usd numeric, priced_as text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE -- no path of its own: the query is meant with the caller's
AS $$
#variable_conflict use_column
DECLARE
    asked constant text := estimate.query;
    plan jsonb;
    lengths jsonb := '{}';
    scanned record;
    measured jsonb;
BEGIN
    BEGIN -- whatever planning may set off, it changes nothing
        PERFORM pg_catalog.set_config('transaction_read_only', 'on', true);
        plan := llm_private.plan_of(asked);
        FOR scanned IN SELECT * FROM llm_private.columns_read(plan) LOOP
            EXECUTE scanned.sample INTO measured;
            lengths := lengths OPERATOR(pg_catalog.||) measured;
        END LOOP;
        RAISE EXCEPTION USING ERRCODE = 'LM999';
    EXCEPTION
        WHEN SQLSTATE 'LM999' THEN
            NULL; -- what was read stays in the variables
    END;
    RETURN QUERY SELECT e.function, e.calls, e.input_tokens, e.output_tokens, e.cost_usd, e.priced_as
        FROM pg_catalog.jsonb_to_recordset(llm_private.call('estimate', pg_catalog.json_build_object(
            'plan', plan, 'lengths', lengths, 'model', estimate.model))) AS e (function text, calls bigint,
            input_tokens bigint, output_tokens bigint, cost_usd numeric, priced_as text);
END
$$;
COMMENT ON FUNCTION llm.estimate(text, text) IS
'What a query would ask of models: calls by PostgreSQL''s own estimate of rows, tokens by the average length of the
columns in a sample of their tables, answers by what is usual for the function, and the price of the model named, or
of the default one. The query is not run, and no model is asked. What the cache knows already is not taken off.';

-- The plan of one statement: a cursor takes no second one.
CREATE OR REPLACE FUNCTION llm_private.plan_of(query text) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
AS $$
DECLARE
    explained refcursor;
    plan json;
BEGIN
    OPEN explained FOR EXECUTE 'EXPLAIN (VERBOSE, FORMAT JSON) ' OPERATOR(pg_catalog.||) query;
    FETCH explained INTO plan;
    CLOSE explained;
    RETURN plan::jsonb;
END
$$;

-- For each table of a plan, a statement that tells how many rows it has, and measures the columns of it that functions
-- of llm are given: characters and bytes on average, of at most 500 rows out of all over the table.
CREATE OR REPLACE FUNCTION llm_private.columns_read(plan jsonb) RETURNS TABLE (sample text)
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE node AS (
        SELECT plan -> 0 -> 'Plan' AS n
        UNION ALL
        SELECT child.value FROM node, jsonb_array_elements(n -> 'Plans') AS child
    ), expression AS (
        SELECT string_agg(said.value, E'\n') AS asked FROM node,
            jsonb_each(n - 'Plans') AS part,
            jsonb_array_elements_text(CASE jsonb_typeof(part.value) WHEN 'array' THEN part.value
                ELSE jsonb_build_array(part.value) END) AS said
        WHERE said.value ~ '\mllm\.|\mllm_private\.call\('
    ), scanned AS (
        SELECT DISTINCT c.oid, c.relkind, c.reltuples, format('%I.%I', s.nspname, c.relname) AS place,
            n ->> 'Alias' AS alias
        FROM node JOIN pg_namespace s ON s.nspname = n ->> 'Schema'
        JOIN pg_class c ON c.relnamespace = s.oid AND c.relname = n ->> 'Relation Name'
    )
    SELECT format('SELECT jsonb_build_object(%s, %s) FROM (SELECT %s FROM %s%s LIMIT 500) s',
        format('%L, jsonb_build_array(%s, 0)', 'rows of ' || t.alias, greatest(t.reltuples, 0)::bigint),
        string_agg(format('%L, jsonb_build_array(coalesce(avg(length(%I::text)), 0), '
            'coalesce(avg(octet_length(%2$I::text)), 0))', named.spelt, a.attname), ', '),
        string_agg(DISTINCT format('%I', a.attname), ', '), t.place,
        CASE WHEN t.relkind IN ('r', 'm') AND t.reltuples > 5000
            THEN format(' TABLESAMPLE system (%s)', (100 * 1000 / t.reltuples)::numeric) ELSE '' END)
    FROM scanned t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped,
        -- A plan over one table alone leaves out its name in some places.
        (VALUES (true), (false)) AS how (whole),
        format(CASE WHEN how.whole THEN '%I.%I' ELSE '%2$I' END, t.alias, a.attname) AS named (spelt)
    WHERE (SELECT asked FROM expression)
        ~ ('(^|[^\w$.":''])' || regexp_replace(named.spelt, '([\W])', '\\\1', 'g') || '($|[^\w$."])')
    GROUP BY t.oid, t.place, t.alias, t.relkind, t.reltuples
$$;
