-- Functions that somebody made and that PostgreSQL calls by itself: while it plans a statement on their table, or reads a
-- literal of their type. Who reads for others, llm_keeper and llm_reader, must not: the function would have their rights.
-- Whoever owns the database is trusted with it.

CREATE OR REPLACE FUNCTION llm_private.is_strange(function oid) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner JOIN pg_database d ON d.datname = current_database()
        WHERE p.oid = function AND NOT r.rolsuper AND p.proowner <> d.datdba)
$$;
COMMENT ON FUNCTION llm_private.is_strange(oid) IS
    'Whether a function is neither a superuser''s (as PostgreSQL''s own and those of extensions) nor the database owner''s.';

CREATE OR REPLACE FUNCTION llm_private.called_by_reading(tables oid[]) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE family AS (
        SELECT unnest(tables) AS oid
        UNION SELECT i.inhrelid FROM pg_inherits i JOIN family f ON f.oid = i.inhparent
    ), part AS ( -- what the planner folds to constants; a table itself depends on what its partition key calls
        SELECT 'pg_class'::regclass AS kind, f.oid FROM family f
        UNION ALL SELECT 'pg_class'::regclass, i.indexrelid FROM pg_index i JOIN family f ON f.oid = i.indrelid
        UNION ALL SELECT 'pg_constraint'::regclass, c.oid FROM pg_constraint c JOIN family f ON f.oid = c.conrelid
        UNION ALL SELECT 'pg_statistic_ext'::regclass, s.oid FROM pg_statistic_ext s JOIN family f ON f.oid = s.stxrelid
    )
    SELECT min(p.oid::regprocedure::text)
    FROM part JOIN pg_depend d ON d.classid = part.kind AND d.objid = part.oid
    LEFT JOIN pg_operator o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
    JOIN pg_proc p ON p.oid = CASE d.refclassid WHEN 'pg_proc'::regclass THEN d.refobjid ELSE o.oprcode END
    WHERE llm_private.is_strange(p.oid)
$$;
COMMENT ON FUNCTION llm_private.called_by_reading(oid[]) IS
    'A function of somebody''s that a statement on these tables may call without naming it: one in an index, a check, '
    'statistics or a partition key of theirs, or of their partitions. NULL where there is none.';

CREATE OR REPLACE FUNCTION llm_private.called_by_naming() RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE made AS (
        SELECT 'pg_type'::regclass::oid AS kind, c.contypid AS oid
        FROM pg_constraint c JOIN pg_depend d ON d.classid = 'pg_constraint'::regclass AND d.objid = c.oid
        LEFT JOIN pg_operator o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
        WHERE c.contypid <> 0 AND llm_private.is_strange(
            CASE d.refclassid WHEN 'pg_proc'::regclass THEN d.refobjid ELSE o.oprcode END)
        UNION
        SELECT n.kind, n.oid FROM made m, LATERAL (
            SELECT d.classid AS kind, d.objid AS oid FROM pg_depend d WHERE d.refclassid = m.kind AND d.refobjid = m.oid
            UNION ALL -- a type that is made by itself does not depend on what its columns are kept as
            SELECT 'pg_type'::regclass, c.reltype FROM pg_class c WHERE m.kind = 'pg_class'::regclass AND c.oid = m.oid
        ) AS n
    )
    SELECT coalesce(array_agg(DISTINCT named.name), '{}') FROM made m, LATERAL (
        SELECT t.typname::text AS name FROM pg_type t WHERE m.kind = 'pg_type'::regclass AND t.oid = m.oid
        UNION ALL SELECT c.relname FROM pg_class c WHERE m.kind = 'pg_class'::regclass AND c.oid = m.oid
        UNION ALL SELECT p.proname FROM pg_proc p WHERE m.kind = 'pg_proc'::regclass AND p.oid = m.oid
        UNION ALL SELECT o.oprname FROM pg_operator o WHERE m.kind = 'pg_operator'::regclass AND o.oid = m.oid
    ) AS named
$$;
COMMENT ON FUNCTION llm_private.called_by_naming() IS
    'Names of domains whose check calls a function of somebody''s, and of all that is made of them: a literal of such a '
    'type is read, and checked, as soon as a statement is parsed.';
