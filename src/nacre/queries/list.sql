-- What can be looked at like a table in people's own schemas, with its size and the rows the planner believes it has.
SELECT n.nspname AS schema,
       c.relname AS name,
       c.relkind::text AS kind,
       CASE WHEN c.relkind IN ('r', 'm', 'p') THEN
           CASE WHEN c.relkind = 'p' THEN (
               SELECT sum(greatest(part.reltuples, 0))::bigint
               FROM pg_partition_tree(c.oid) tree JOIN pg_class part ON part.oid = tree.relid WHERE tree.isleaf
           ) ELSE greatest(c.reltuples, 0)::bigint END
       END AS estimated_rows,
       CASE WHEN c.relkind = 'p' THEN (
           SELECT sum(pg_total_relation_size(tree.relid))::bigint FROM pg_partition_tree(c.oid) tree WHERE tree.isleaf
       ) WHEN c.relkind IN ('r', 'm') THEN pg_total_relation_size(c.oid) ELSE 0 END AS size_bytes,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE') AS writable,
       obj_description(c.oid, 'pg_class') AS comment
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_%'
  AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.objid = c.oid AND e.deptype = 'e')
ORDER BY n.nspname <> 'public', 1, 2
