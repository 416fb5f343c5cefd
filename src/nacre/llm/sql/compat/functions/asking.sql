-- Questions, statements and reports.

CREATE OR REPLACE FUNCTION llm_compat.asking(instance_name text, options jsonb, use_vector_search boolean)
    RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(options, '{}') - ARRAY['enable_rag', 'enable_cache', 'cache_ttl_seconds', 'parallel_processing',
        'max_parallel_threads', 'similarity_threshold', 'sample_data_limit']
    || jsonb_strip_nulls(jsonb_build_object('model', instance_name, 'learned', use_vector_search));
COMMENT ON FUNCTION llm_compat.asking(text, jsonb, boolean) IS
'Options as llm.ask takes them: those of 1.1 that tune what there is no more are left out.';

CREATE OR REPLACE FUNCTION llm_compat.question(prompt text, schema_info text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN prompt || coalesce(E'\n\nOf the tables is said: ' || schema_info, '');
COMMENT ON FUNCTION llm_compat.question(text, text) IS 'A question, with what whoever asks says of the tables.';

CREATE OR REPLACE FUNCTION llm_compat.execution(sql text, result jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN jsonb_build_object('sql', sql, 'status', 'SPI_OK_SELECT', 'row_count', jsonb_array_length(result -> 'rows'),
        'columns', result -> 'columns', 'rows', result -> 'rows', 'more', result -> 'more')
    || CASE WHEN result ? 'plan' THEN jsonb_build_object('explain', result -> 'plan') ELSE '{}' END;
COMMENT ON FUNCTION llm_compat.execution(text, jsonb) IS
'The rows of a statement as 1.1 tells them; `more` is true where there are more than were asked for.';

CREATE OR REPLACE FUNCTION llm_compat.vega_lite(chart jsonb, result jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN chart ->> 'kind' <> 'none' THEN jsonb_build_object('data', jsonb_build_object('values', result -> 'rows'))
    || jsonb_strip_nulls(jsonb_build_object('$schema', 'https://vega.github.io/schema/vega-lite/v5.json',
    'title', chart -> 'title',
    -- Several columns of numbers become series.
    'transform', CASE WHEN jsonb_array_length(chart -> 'y') > 1 THEN jsonb_build_array(
        jsonb_build_object('fold', chart -> 'y', 'as', jsonb_build_array('series', 'value'))) END,
    'mark', CASE chart ->> 'kind' WHEN 'scatter' THEN 'point' WHEN 'pie' THEN 'arc' ELSE chart ->> 'kind' END,
    'encoding', CASE WHEN chart ->> 'kind' = 'pie' THEN jsonb_build_object(
        'theta', jsonb_build_object('field', chart -> 'y' -> 0, 'type', 'quantitative'),
        'color', jsonb_build_object('field', chart -> 'x', 'type', 'nominal'))
    ELSE jsonb_build_object(
        'x', jsonb_build_object('field', chart -> 'x', 'type', CASE
            WHEN jsonb_typeof(result -> 'rows' -> 0 -> (chart ->> 'x')) = 'number' THEN 'quantitative'
            WHEN result -> 'rows' -> 0 ->> (chart ->> 'x') ~ '^\d{4}-\d{2}-\d{2}' THEN 'temporal'
            ELSE 'nominal' END),
        'y', jsonb_build_object('type', 'quantitative', 'field', CASE
            WHEN jsonb_array_length(chart -> 'y') > 1 THEN '"value"' ELSE chart -> 'y' -> 0 END),
        'color', CASE WHEN jsonb_array_length(chart -> 'y') > 1
            THEN jsonb_build_object('field', 'series', 'type', 'nominal') END)
    END)) END;
COMMENT ON FUNCTION llm_compat.vega_lite(jsonb, jsonb) IS
'A chart of llm.report as Vega-Lite draws it, with its rows; null where a table says more.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_text2sql(instance_name text, prompt text, schema_info text DEFAULT NULL,
    use_vector_search boolean DEFAULT true) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN llm_private.call('text2sql', json_build_object('question', llm_compat.question(prompt, schema_info),
    'options', llm_compat.asking(instance_name, '{}', use_vector_search))) ->> 'sql';
COMMENT ON FUNCTION @extschema@.pg_llm_text2sql(text, text, text, boolean) IS
'SQL that answers a question. It is written about the tables that the caller may read, planned, and not run.
`use_vector_search`: whether what was taught by llm.learn and is alike is shown to the model. Errors: as llm.text2sql.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_text2sql_json(instance_name text, prompt text,
    schema_info text DEFAULT NULL, use_vector_search boolean DEFAULT true, options jsonb DEFAULT '{}'::jsonb)
    RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN (
    SELECT jsonb_build_object('request_id', llm_compat.uuid_of(t.told ->> 'request_id'),
        'instance_name', instance_name, 'prompt', prompt, 'generated_sql', t.told -> 'sql',
        'execution', llm_compat.execution(t.told ->> 'sql', t.told), 'explanation', t.told -> 'explanation',
        'agreement', t.told -> 'agreement', 'tables', t.told -> 'tables',
        'similar_queries', t.told -> 'learned', 'vector_hits', '[]'::jsonb)
    FROM (SELECT llm_private.call('ask', json_build_object('question', llm_compat.question(prompt, schema_info),
        'options', llm_compat.asking(instance_name, options, use_vector_search))) AS told) AS t
);
COMMENT ON FUNCTION @extschema@.pg_llm_text2sql_json(text, text, text, boolean, jsonb) IS
'A question answered: {"request_id", "instance_name", "prompt", "generated_sql", "execution": {"sql", "status",
"row_count", "columns", "rows", "more"}, "explanation", "agreement", "tables", "similar_queries": what was learned and shown,
"vector_hits": []}. The SQL is let through by a guard and run by a reader that sees what the caller may read; changes of
this transaction are not seen. `options`: those of llm.ask. Errors: as llm.ask.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_execute_sql_with_analysis(instance_name text, sql text,
    options jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN (
    SELECT llm_compat.execution(sql, t.told) || jsonb_build_object(
        'request_id', llm_compat.uuid_of(t.told ->> 'request_id'), 'instance_name', instance_name,
        'options', coalesce(options, '{}'), 'analysis', t.told -> 'text')
    FROM (SELECT llm_private.call('analyse', json_build_object('sql', sql,
        'options', llm_compat.asking(instance_name, options, NULL))) AS told) AS t
);
COMMENT ON FUNCTION @extschema@.pg_llm_execute_sql_with_analysis(text, text, jsonb) IS
'The rows of a statement, its plan, and what a model advises on it: {"sql", "status", "row_count", "columns", "rows",
"more", "explain", "analysis", "request_id", "instance_name", "options"}. It is run as by llm.ask: guarded, only reading.
`options`: language, rows, timeout_s. Costs: a prompt with the plan. Errors: LM014, LM016, LM017; as llm.chat.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_generate_report(instance_name text, sql text,
    options jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN (
    SELECT jsonb_build_object('request_id', llm_compat.uuid_of(t.told ->> 'request_id'), 'sql', sql,
        'execution', llm_compat.execution(sql, t.told), 'summary', jsonb_build_object(
            'row_count', jsonb_array_length(t.told -> 'rows'), 'column_count', jsonb_array_length(t.told -> 'columns')),
        'title', t.told -> 'title', 'narrative', t.told -> 'summary', 'findings', t.told -> 'findings',
        'recommendations', '[]'::jsonb, 'vega_lite', llm_compat.vega_lite(t.told -> 'chart', t.told))
    FROM (SELECT llm_private.call('report', json_build_object('sql', sql,
        'options', llm_compat.asking(instance_name, options, NULL))) AS told) AS t
);
COMMENT ON FUNCTION @extschema@.pg_llm_generate_report(text, text, jsonb) IS
'A report on the rows of a statement: {"request_id", "sql", "execution", "summary": {"row_count", "column_count"}, "title",
"narrative", "findings", "recommendations": [], "vega_lite": a chart with its rows, or null}. Run as by llm.report, which
tells options, costs and errors.';
