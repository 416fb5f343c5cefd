-- What the side-car can be asked, over the server pg_llm: one answer, or pieces as they come, one by one.
CREATE FUNCTION llm_private.who() RETURNS text
    LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN (
    SELECT pg_catalog.json_build_object(
        'database', pg_catalog.current_database(), 'role', called.role,
        'admin', pg_catalog.pg_has_role(called.role, 'llm_admin', 'USAGE'),
        'application', coalesce(pg_catalog.current_setting('application_name', true), ''))::text
    FROM (SELECT coalesce(nullif(pg_catalog.current_setting('role'), 'none'), session_user)::name AS role) AS called
);
COMMENT ON FUNCTION llm_private.who() IS
    'Who calls, as the side-car is told: the role of now, also inside functions that run with their owner''s rights.';

CREATE FOREIGN TABLE llm_private.call (request text, caller text, answer text)
    SERVER pg_llm OPTIONS (schema_name 'public', table_name 'call');
CREATE FOREIGN TABLE llm_private.stream (request text, caller text, piece text)
    SERVER pg_llm OPTIONS (schema_name 'public', table_name 'stream', fetch_size '1');

-- What people's functions read, so that rows can come one by one: functions with their owner's rights give all at once.
-- Whoever reads it is told as themselves, whatever else they ask. In a subselect the caller is found once, and sent.
CREATE VIEW llm_private.pieces AS
    SELECT s.request, s.piece FROM llm_private.stream s WHERE s.caller = (SELECT llm_private.who());

GRANT CREATE ON SCHEMA llm_private TO llm_caller; -- it takes this to be given something there
ALTER FUNCTION llm_private.who() OWNER TO llm_caller;
ALTER FOREIGN TABLE llm_private.call OWNER TO llm_caller;
ALTER FOREIGN TABLE llm_private.stream OWNER TO llm_caller;
ALTER VIEW llm_private.pieces OWNER TO llm_caller;
REVOKE CREATE ON SCHEMA llm_private FROM llm_caller;
REVOKE ALL ON FUNCTION llm_private.who() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION llm_private.who() TO llm_user;
GRANT SELECT ON llm_private.pieces TO llm_user;
