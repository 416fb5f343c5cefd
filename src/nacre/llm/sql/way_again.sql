-- The way to the side-car where the server is Nacre's, should it listen at another place now.
DO $$
BEGIN
    EXECUTE format('ALTER SERVER pg_llm OPTIONS (SET host %L)', coalesce(current_setting('nacre.llm_socket', true), '/nowhere'));
END
$$;
