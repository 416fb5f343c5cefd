-- What the side-car can be asked, over the server pg_llm: one answer, or pieces as they come, one by one.
CREATE FOREIGN TABLE llm_private.call (request text, caller text, answer text)
    SERVER pg_llm OPTIONS (schema_name 'public', table_name 'call');
CREATE FOREIGN TABLE llm_private.stream (request text, caller text, piece text)
    SERVER pg_llm OPTIONS (schema_name 'public', table_name 'stream', fetch_size '1');

GRANT CREATE ON SCHEMA llm_private TO llm_caller; -- it takes this to be given something there
ALTER FOREIGN TABLE llm_private.call OWNER TO llm_caller;
ALTER FOREIGN TABLE llm_private.stream OWNER TO llm_caller;
REVOKE CREATE ON SCHEMA llm_private FROM llm_caller;
