"""Which functions generated SQL may call: those that only compute, by what PostgreSQL says of them and these lists."""

REFUSED = frozenset({
    # run SQL that they are given, or read tables by name, past the look at what the statement itself reads
    "query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "cursor_to_xml", "cursor_to_xmlschema",
    "table_to_xml", "table_to_xmlschema", "table_to_xml_and_xmlschema", "schema_to_xml", "schema_to_xmlschema",
    "schema_to_xml_and_xmlschema", "database_to_xml", "database_to_xmlschema", "database_to_xml_and_xmlschema",
    "ts_stat", "ts_rewrite", "pg_get_replica_identity_index",
    # tell of the machine, of files, of others' sessions
    "pg_stat_get_activity", "pg_stat_get_backend_activity", "pg_stat_get_progress_info", "pg_show_all_settings",
    "pg_show_all_file_settings", "pg_hba_file_rules", "pg_ident_file_mappings", "pg_config", "pg_relation_filepath",
    "pg_relation_filenode", "pg_tablespace_location", "pg_get_backend_memory_contexts", "pg_prepared_statement",
    "pg_cursor", "pg_lock_status", "pg_listening_channels", "current_setting", "pg_get_publication_tables",
    "txid_current", "pg_current_xact_id",
    # look into large objects, which have no rights of the kind that is checked
    "lo_get", "loread", "pg_mcv_list_items",
})  # fmt: skip
"""Of PostgreSQL's own, by name: not volatile by what they say of themselves, but no mere computation either."""

VOLATILE = frozenset({"random", "random_normal", "gen_random_uuid", "uuidv4", "uuidv7", "clock_timestamp", "timeofday"})
"""Of PostgreSQL's own, by name: volatile, and harmless."""

ASKS_WHO = frozenset({
    "pg_has_role", "row_security_active", "has_any_column_privilege", "has_column_privilege", "has_database_privilege",
    "has_foreign_data_wrapper_privilege", "has_function_privilege", "has_language_privilege",
    "has_largeobject_privilege", "has_parameter_privilege", "has_schema_privilege", "has_sequence_privilege",
    "has_server_privilege", "has_table_privilege", "has_tablespace_privilege", "has_type_privilege",
})  # fmt: skip
"""Within a view they decide by who asks, and that is the reader, who may more than its caller."""

EXTENSIONS = frozenset({
    "vector", "pg_trgm", "unaccent", "fuzzystrmatch", "hstore", "citext", "ltree", "intarray", "cube", "earthdistance",
    "isn", "seg", "btree_gin", "btree_gist", "dict_int", "tsm_system_rows", "tsm_system_time", "uuid-ossp",
    "postgis",
})  # fmt: skip
"""Extensions of which what is not volatile only computes."""

CATALOGS = frozenset({
    "pg_class", "pg_namespace", "pg_attribute", "pg_type", "pg_constraint", "pg_index", "pg_description", "pg_tables",
    "pg_views", "pg_matviews", "pg_indexes", "pg_enum", "pg_sequence", "pg_sequences", "pg_timezone_names",
    "pg_timezone_abbrevs",
})  # fmt: skip
"""Of PostgreSQL's own relations those that describe tables. Others show what the reader may see, not its caller:
pg_stats holds values out of every table."""
