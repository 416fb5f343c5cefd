-- The way to the side-car from a PostgreSQL elsewhere, which leads to another address or has another password now.
DO $$
BEGIN
    EXECUTE pg_catalog.format('ALTER SERVER pg_llm OPTIONS (SET host %L, SET port %L)',
        pg_catalog.current_setting('nacre.host'), pg_catalog.current_setting('nacre.port'));
    EXECUTE pg_catalog.format('ALTER USER MAPPING FOR llm_caller SERVER pg_llm OPTIONS (SET user %L, SET password %L)',
        pg_catalog.current_setting('nacre.site'), pg_catalog.current_setting('nacre.password'));
END
$$;
