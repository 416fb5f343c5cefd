-- The constraints of one table; of a foreign key also where it leads.
SELECT k.conname AS name,
       k.contype::text AS kind,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS part(number, at)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = part.number ORDER BY part.at) AS columns,
       n.nspname AS other_schema,
       f.relname AS other_name,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS part(number, at)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = part.number ORDER BY part.at) AS other_columns,
       pg_get_constraintdef(k.oid) AS definition
FROM pg_constraint k
LEFT JOIN pg_class f ON f.oid = nullif(k.confrelid, 0)
LEFT JOIN pg_namespace n ON n.oid = f.relnamespace
WHERE k.conrelid = %s AND k.contype IN ('p', 'u', 'f', 'c', 'x')
ORDER BY k.contype <> 'p', k.conname
