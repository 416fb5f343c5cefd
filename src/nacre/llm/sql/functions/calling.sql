-- How all else reaches the side-car.

CREATE OR REPLACE FUNCTION llm_private.who() RETURNS text
    LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN (
    SELECT pg_catalog.json_build_object(
        'database', pg_catalog.current_database(), 'role', called.role,
        'admin', pg_catalog.pg_has_role(called.role, 'llm_admin', 'USAGE'),
        'application', coalesce(pg_catalog.current_setting('application_name', true), ''),
        'protocol', @protocol@)::text
    FROM (SELECT coalesce(nullif(pg_catalog.current_setting('role'), 'none'), session_user)::name AS role) AS called
);
COMMENT ON FUNCTION llm_private.who() IS
    'Who calls, as the side-car is told: the role of now, also inside functions that run with their owner''s rights.';

-- A request as the side-car reads it; who asks goes beside it.
CREATE OR REPLACE FUNCTION llm_private.asked(fn text, args json) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.json_build_object('fn', fn, 'args', pg_catalog.json_strip_nulls(args))::text;
COMMENT ON FUNCTION llm_private.asked(text, json) IS 'A request to the side-car. Arguments that are null are left out.';

-- By a plan of its own for each request, the request would stand in what is sent, and so in the context of every error:
-- prompts and keys, in the server's log. By a generic one it is a parameter.
CREATE OR REPLACE FUNCTION llm_private.call(fn text, args json DEFAULT '{}') RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan
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

-- What people's functions read, so that rows can come one by one: functions with their owner's rights give all at once.
-- Whoever reads it is told as themselves, whatever else they ask. In a subselect the caller is found once, and sent.
-- A view is made once and then migrated: to put it in place anew would wait for whoever reads a stream.
DO $$
BEGIN
    IF to_regclass('llm_private.pieces') IS NULL THEN
        CREATE VIEW llm_private.pieces AS
            SELECT s.request, s.piece FROM llm_private.stream s WHERE s.caller = (SELECT llm_private.who());
        GRANT CREATE ON SCHEMA llm_private TO llm_caller; -- it takes this to be given something there
        ALTER VIEW llm_private.pieces OWNER TO llm_caller;
        REVOKE CREATE ON SCHEMA llm_private FROM llm_caller;
        GRANT SELECT ON llm_private.pieces TO llm_user;
    END IF;
END
$$;
