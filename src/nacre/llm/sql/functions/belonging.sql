-- What pg_llm makes after it was created belongs to it as well: so it stays out of dumps and lists of tables, and goes
-- with it. Runs with the rights of whoever created pg_llm; only llm_keeper may call it, about what lies in llm_data.
CREATE OR REPLACE FUNCTION llm_private.belong(kind text, name text, belongs boolean) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_llm') THEN
        EXECUTE format('ALTER EXTENSION pg_llm %s %s llm_data.%I%s', CASE WHEN belongs THEN 'ADD' ELSE 'DROP' END,
            CASE kind WHEN 'table' THEN 'TABLE' ELSE 'FUNCTION' END, name, CASE kind WHEN 'table' THEN '' ELSE '()' END);
    END IF;
END
$$;
COMMENT ON FUNCTION llm_private.belong(text, text, boolean) IS
'Have a table or function of llm_data belong to the extension, or no more; nothing where pg_llm is none.';
