-- What rows say, in words and as a chart.

CREATE OR REPLACE FUNCTION llm.explain_result(sql text, options jsonb DEFAULT '{}') RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN llm_private.call('explain_result', pg_catalog.json_build_object('sql', sql, 'options', options)) ->> 'text';
COMMENT ON FUNCTION llm.explain_result(text, jsonb) IS
'What the rows of a statement mean, in plain words. It is run as by llm.ask: guarded, only reading.
`options`: language, model, rows, timeout_s. Costs: a prompt with the first rows. Errors: LM014, LM016, LM017; as llm.chat.';

CREATE OR REPLACE FUNCTION llm.report(sql text, options jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN llm_private.call('report', pg_catalog.json_build_object('sql', sql, 'options', options));
COMMENT ON FUNCTION llm.report(text, jsonb) IS
'A report on the rows of a statement: {"title", "summary", "findings", "chart": {"kind", "title", "x", "y"}, "columns",
"rows", "more", "request_id"}. The chart names columns that are there, and numbers for y. Options, costs and errors: as explain_result.';
