-- Which pg_llm this is.

CREATE OR REPLACE FUNCTION llm.version() RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '@version@';
COMMENT ON FUNCTION llm.version() IS 'The version of pg_llm that this database has; `nacre llm status` shows which are behind.';

CREATE OR REPLACE FUNCTION llm_data.protocol() RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN @protocol@;
COMMENT ON FUNCTION llm_data.protocol() IS 'How this database and the side-car speak with each other.';
