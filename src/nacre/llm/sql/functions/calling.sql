-- How all else reaches the side-car.

-- A request as the side-car reads it; who asks goes beside it.
CREATE OR REPLACE FUNCTION llm_private.asked(fn text, args json) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.json_build_object('fn', fn, 'args', pg_catalog.json_strip_nulls(args))::text;
COMMENT ON FUNCTION llm_private.asked(text, json) IS 'A request to the side-car. Arguments that are null are left out.';

CREATE OR REPLACE FUNCTION llm_private.call(fn text, args json DEFAULT '{}') RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked constant text := llm_private.asked(fn, args);
    who constant text := llm_private.who();
    answered text;
    why text;
BEGIN
    SELECT c.answer INTO STRICT answered FROM llm_private.call c WHERE c.request = asked AND c.caller = who;
    RETURN answered::jsonb;
EXCEPTION
    WHEN sqlclient_unable_to_establish_sqlconnection OR connection_failure OR connection_exception
        OR connection_does_not_exist THEN
        GET STACKED DIAGNOSTICS why = PG_EXCEPTION_DETAIL; -- libpq's words, which say what failed
        RAISE EXCEPTION 'The side-car that reaches language models does not answer: %', SQLERRM
            USING ERRCODE = 'LM011', DETAIL = why,
                HINT = 'It starts by itself when Nacre runs: `nacre status` tells. Try again.';
END
$$;
COMMENT ON FUNCTION llm_private.call(text, json) IS
    'The answer of a function of the side-car. Errors: those of class LM, LM011 where it cannot be reached.';
