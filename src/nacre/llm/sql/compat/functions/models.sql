-- Adding and removing models. Keys go to the side-car and are never seen again.

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_add_model(local_model boolean, model_type text, instance_name text,
    api_key text, config text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    unused constant text[] := ARRAY['confidence_threshold', 'fallback_instance', 'is_local_fallback', 'capabilities',
        'access_key_id', 'access_key_secret'];
    said jsonb;
    provider text;
    model text;
    endpoint text;
    idle text;
BEGIN
    said := coalesce(nullif(config, ''), '{}');
    IF jsonb_typeof(said) <> 'object' THEN
        RAISE EXCEPTION 'The configuration of a model is an object.'
            USING ERRCODE = 'LM014', HINT = '{"model_name": "qwen-plus", "api_endpoint": "https://…/chat/completions"}';
    END IF;
    SELECT string_agg(k, ', ' ORDER BY k) INTO idle FROM unnest(unused) k WHERE said ? k;
    IF idle IS NOT NULL THEN
        RAISE NOTICE 'Of the configuration of “%” % has no meaning here.', instance_name, idle
            USING HINT = 'A chain falls back when a model fails: llm.add_model(name, tiers => …).';
    END IF;
    provider := lower(coalesce(said ->> 'provider', model_type));
    provider := CASE
        WHEN local_model AND provider <> 'vllm' THEN 'ollama'
        WHEN provider IN ('chatgpt', 'gpt') THEN 'openai'
        WHEN provider IN ('qianwen', 'tongyi', 'dashscope') THEN 'qwen'
        ELSE provider END;
    model := said ->> 'model_name';
    -- 1.1 has the address of the one call; here it is the part that all calls have in common.
    endpoint := substring(said ->> 'api_endpoint' FROM '^(.*?)/(?:chat/completions|embeddings)/*$');
    IF endpoint IS NULL AND nullif(said ->> 'api_endpoint', '') IS NOT NULL THEN
        RAISE NOTICE 'The address “%” is not one that OpenAI''s language is spoken at; that of % is used.',
            said ->> 'api_endpoint', provider
            USING HINT = 'It ends with /chat/completions, or /embeddings.';
    END IF;
    PERFORM llm.add_model(instance_name, provider, model, key => nullif(api_key, ''), base_url => endpoint,
        kind => coalesce(said ->> 'kind', CASE WHEN said ->> 'api_endpoint' ~ '/embeddings/*$' OR model ~* 'embed'
            THEN 'embedding' ELSE 'chat' END),
        options => said - unused - ARRAY['provider', 'model_name', 'api_endpoint', 'kind']);
    RETURN true;
EXCEPTION
    WHEN invalid_text_representation THEN
        RAISE EXCEPTION 'The configuration of “%” is no JSON: %', instance_name, SQLERRM
            USING ERRCODE = 'LM014', HINT = '{"model_name": "qwen-plus"}';
END
$$;
COMMENT ON FUNCTION @extschema@.pg_llm_add_model(boolean, text, text, text, text) IS
'Make a model known by a name, or change it; for members of llm_admin. `model_type`: chatgpt, qianwen, deepseek, hunyuan or
any provider of llm.add_model; `config`: model_name, api_endpoint, kind (chat or embedding, else by its name), and the
options of llm.add_model. The statement with its key may stand in logs of the server. Errors: LM013, LM014.';

CREATE OR REPLACE FUNCTION @extschema@.pg_llm_remove_model(instance_name text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM llm.remove_model(instance_name);
    RETURN true;
EXCEPTION
    WHEN SQLSTATE 'LM012' THEN
        RETURN false;
END
$$;
COMMENT ON FUNCTION @extschema@.pg_llm_remove_model(text) IS
'Forget a model and its key; whether there was one. For members of llm_admin. Errors: LM013; LM024 in use by a chain.';
