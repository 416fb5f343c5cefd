"""All that pg_llm made in a database, as text: two that are the same are told the same."""

from typing import Any

import psycopg

_OURS = "('llm', 'llm_private', 'llm_data')"
_EVERY = f"""
    WITH ours AS (SELECT oid, nspname FROM pg_namespace WHERE nspname IN {_OURS}),
    things (class, id, owner, acl) AS (
        SELECT 'pg_namespace'::regclass, oid, nspowner, nspacl FROM pg_namespace WHERE nspname IN {_OURS}
        UNION ALL SELECT 'pg_proc'::regclass, oid, proowner, proacl FROM pg_proc
            WHERE pronamespace IN (SELECT oid FROM ours)
        UNION ALL SELECT 'pg_class'::regclass, oid, relowner, relacl FROM pg_class
            WHERE relnamespace IN (SELECT oid FROM ours)
        UNION ALL SELECT 'pg_foreign_server'::regclass, oid, srvowner, srvacl FROM pg_foreign_server
            WHERE srvname = 'pg_llm'
        UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, fdwowner, fdwacl FROM pg_foreign_data_wrapper
            WHERE fdwname = 'pg_llm'
    )
    SELECT i.type || ' ' || i.identity, t.owner::regrole::text,
        ARRAY(SELECT concat_ws(' ', a.grantee::regrole, a.privilege_type, a.is_grantable, 'by', a.grantor::regrole)
            FROM aclexplode(t.acl) a ORDER BY 1),
        ARRAY(SELECT concat_ws(' ', a.grantee::regrole, a.privilege_type, 'by', a.grantor::regrole)
            FROM pg_init_privs p, aclexplode(p.initprivs) a
            WHERE p.objoid = t.id AND p.classoid = t.class AND p.objsubid = 0 ORDER BY 1),
        obj_description(t.id, t.class::text::name),
        EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.id AND d.classid = t.class AND d.deptype = 'e'),
        CASE t.class
            WHEN 'pg_proc'::regclass THEN (
                SELECT CASE p.prokind WHEN 'a' THEN pg_get_function_result(p.oid)
                    ELSE pg_get_functiondef(p.oid) END FROM pg_proc p WHERE p.oid = t.id)
            WHEN 'pg_foreign_server'::regclass THEN (
                SELECT replace(s.srvoptions::text, 'dbname=' || current_database(), '')
                FROM pg_foreign_server s WHERE s.oid = t.id)
            WHEN 'pg_class'::regclass THEN concat_ws(E'\\n', pg_get_viewdef(t.id),
                (SELECT pg_get_indexdef(c.oid) FROM pg_class c WHERE c.oid = t.id AND c.relkind = 'i'),
                (SELECT c.relrowsecurity::text || c.relkind::text FROM pg_class c WHERE c.oid = t.id),
                (SELECT f.ftoptions::text FROM pg_foreign_table f WHERE f.ftrelid = t.id),
                (SELECT string_agg(format('%s %s %s %s %s %s', a.attname, format_type(a.atttypid, a.atttypmod),
                    a.attnotnull, a.attidentity, a.attfdwoptions, pg_get_expr(d.adbin, d.adrelid)), ', '
                    ORDER BY a.attnum)
                    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                    WHERE a.attrelid = t.id AND a.attnum > 0 AND NOT a.attisdropped),
                (SELECT string_agg(c.conname || ' ' || pg_get_constraintdef(c.oid), ', ' ORDER BY c.conname)
                    FROM pg_constraint c WHERE c.conrelid = t.id),
                (SELECT string_agg(format('%s %s %s %s', p.policyname, p.roles, p.qual, p.with_check), ', '
                    ORDER BY p.policyname)
                    FROM pg_policies p JOIN pg_class c ON c.relname = p.tablename
                    WHERE c.oid = t.id AND p.schemaname = c.relnamespace::regnamespace::text))
        END
    FROM things t, pg_identify_object(t.class, t.id, 0) AS i ORDER BY 1
"""


def everything(connection: "psycopg.Connection[Any]") -> dict[str, tuple[Any, ...]]:
    """By kind and name: the owner, rights now and from the start, comment, membership, and what it is."""
    with connection.transaction():
        connection.execute("SET LOCAL search_path = pg_catalog")
        rows = connection.execute(_EVERY.encode()).fetchall()
        mappings = connection.execute(
            "SELECT usename::text, umoptions::text FROM pg_user_mappings WHERE srvname = 'pg_llm' ORDER BY 1"
        ).fetchall()
    return {name: tuple(rest) for name, *rest in rows} | {"user mappings": tuple(mappings)}
