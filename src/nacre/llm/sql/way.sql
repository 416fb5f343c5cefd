-- The way to the side-car where the server is Nacre's: a wrapper of its own on the library of postgres_fdw, since that
-- extension would let people connect to anywhere. No password: the side-car asks the kernel who calls.
CREATE FUNCTION llm_private.wrapper_handler() RETURNS fdw_handler
    LANGUAGE c STRICT AS '$libdir/postgres_fdw', 'postgres_fdw_handler';
CREATE FUNCTION llm_private.wrapper_validator(text[], oid) RETURNS void
    LANGUAGE c STRICT AS '$libdir/postgres_fdw', 'postgres_fdw_validator';
REVOKE ALL ON FUNCTION llm_private.wrapper_handler(), llm_private.wrapper_validator(text[], oid) FROM PUBLIC;
CREATE FOREIGN DATA WRAPPER pg_llm HANDLER llm_private.wrapper_handler VALIDATOR llm_private.wrapper_validator;

DO $$
BEGIN
    EXECUTE pg_catalog.format(
        'CREATE SERVER pg_llm FOREIGN DATA WRAPPER pg_llm OPTIONS (host %L, port ''5432'', dbname %L)',
        coalesce(pg_catalog.current_setting('nacre.llm_socket', true), '/nowhere'), pg_catalog.current_database());
END
$$;
CREATE USER MAPPING FOR llm_caller SERVER pg_llm OPTIONS (user 'llm_caller', password_required 'false');
ALTER SERVER pg_llm OWNER TO llm_caller;
GRANT USAGE ON FOREIGN SERVER pg_llm TO llm_caller; -- after the change of owner, see functions/rights.sql
