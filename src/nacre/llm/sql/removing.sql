-- Takes all of pg_llm out of a database where it is no extension. Roles stay: other databases may use them.
DROP SCHEMA IF EXISTS llm, llm_private, llm_data CASCADE;
DROP SERVER IF EXISTS pg_llm CASCADE;
