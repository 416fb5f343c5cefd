-- Which models there are. Keys go to the side-car and are never seen again.

CREATE OR REPLACE FUNCTION llm.models()
    RETURNS TABLE (name text, kind text, provider text, model text, base_url text, "default" boolean, shared boolean,
        has_key boolean, state text, tiers jsonb, options jsonb)
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT m.name, m.kind, m.provider, m.model, m.base_url, m."default", m.shared, m.has_key, m.state, m.tiers,
        m.options
    FROM pg_catalog.jsonb_to_recordset(llm_private.call('models')) AS m (name text, kind text, provider text,
        model text, base_url text, "default" boolean, shared boolean, has_key boolean, state text, tiers jsonb,
        options jsonb);
END;
COMMENT ON FUNCTION llm.models() IS
'The models that can be named here; `shared` ones are everybody''s, others the project''s own.';

CREATE OR REPLACE FUNCTION llm.add_model(name text, provider text DEFAULT NULL, model text DEFAULT NULL,
    key text DEFAULT NULL, base_url text DEFAULT NULL, kind text DEFAULT 'chat', tiers jsonb DEFAULT '[]',
    options jsonb DEFAULT '{}', make_default boolean DEFAULT false) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN llm_private.call('add_model', pg_catalog.json_build_object(
    'name', name, 'provider', provider, 'model', model, 'key', key, 'base_url', base_url, 'kind', kind,
    'tiers', tiers, 'options', options, 'default', make_default)) ->> 'name';
COMMENT ON FUNCTION llm.add_model(text, text, text, text, text, text, jsonb, jsonb, boolean) IS
'Make a model known by a name, or change it; for members of llm_admin. Either `provider` (openai, anthropic, deepseek,
qwen, hunyuan, zhipu, moonshot, ollama, vllm, or a plugin''s) with its `model`, or `tiers`: names to try in turn, as
[["fast", "its equal"], ["the fall-back"]]. `kind`: chat or embedding. `options`: concurrency, requests_per_minute,
tokens_per_minute, first_token_s, total_s, attempts, input_price and output_price in dollars for a million tokens, ….
While it runs its statement, key and all, is seen by who may watch the server; with the key as a parameter, or by
`nacre llm model add`, it is not. Errors: LM013, LM014.';

-- An error is logged with the statement that failed, and that may hold a key. A superuser alone may keep it out, so it
-- runs as one where it is an extension; who asks is told by the role, which that does not change (llm_private.who).
DO $$
BEGIN
    IF (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user)
        AND EXISTS (SELECT FROM pg_extension e WHERE e.extname = 'pg_llm') THEN
        ALTER FUNCTION llm.add_model(text, text, text, text, text, text, jsonb, jsonb, boolean) SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp SET log_min_error_statement = 'panic';
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION llm.remove_model(name text) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN llm_private.call('remove_model', pg_catalog.json_build_object('name', name)) ->> 'name';
COMMENT ON FUNCTION llm.remove_model(text) IS 'Forget a model and its key; for members of llm_admin. Errors: LM012, LM013.';

CREATE OR REPLACE FUNCTION llm.set_default(name text) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN llm_private.call('set_default', pg_catalog.json_build_object('name', name)) ->> 'name';
COMMENT ON FUNCTION llm.set_default(text) IS
'Ask this model from now on where none is named; for members of llm_admin. Errors: LM012, LM013.';

CREATE OR REPLACE FUNCTION llm.test_model(name text DEFAULT NULL)
    RETURNS TABLE (model text, kind text, seconds double precision, says text)
    LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 1
BEGIN ATOMIC
    SELECT t.said ->> 'model', t.said ->> 'kind', (t.said ->> 'seconds')::double precision, t.said ->> 'says'
    FROM (SELECT llm_private.call('test_model', pg_catalog.json_build_object('name', name)) AS said) AS t;
END;
COMMENT ON FUNCTION llm.test_model(text) IS
'Ask a model for one word, to see whether it answers; for members of llm_admin. Costs: a few tokens. Errors: what is
wrong with it, LM001 to LM012.';
