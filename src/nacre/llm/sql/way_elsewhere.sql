-- The way to the side-car from a PostgreSQL elsewhere: by TLS, with a password, which is bound to the certificate that
-- the server showed, so that nobody in between can pass it on. What is said here stands in settings of the transaction.
DO $$
BEGIN
    EXECUTE pg_catalog.format(
        'CREATE SERVER pg_llm FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L, '
        'sslmode ''require'', channel_binding ''require'', connect_timeout ''10'')',
        pg_catalog.current_setting('nacre.host'), pg_catalog.current_setting('nacre.port'),
        pg_catalog.current_database());
    EXECUTE pg_catalog.format('CREATE USER MAPPING FOR llm_caller SERVER pg_llm OPTIONS (user %L, password %L)',
        pg_catalog.current_setting('nacre.site'), pg_catalog.current_setting('nacre.password'));
END
$$;
GRANT USAGE ON FOREIGN SERVER pg_llm TO llm_caller;
