-- Whoever left a transaction open that has used a table keeps an upgrade of that table waiting, and behind it all others:
-- so it gives up soon, with 55P03 and nothing changed.
SELECT set_config('nacre.lock_timeout', current_setting('lock_timeout'), true);
SELECT set_config('lock_timeout', '5s', true) WHERE current_setting('lock_timeout') = '0';

-- Functions that are there already keep the rights that were given and taken by hand.
SELECT set_config('nacre.known_functions', coalesce(array_agg(p.oid), '{}')::text, true),
    set_config('nacre.known_rights', coalesce(jsonb_object_agg(p.oid::regprocedure, (
        SELECT jsonb_agg(jsonb_build_object(
            'role', CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, 'hands_on', a.is_grantable))
        FROM aclexplode(p.proacl) AS a WHERE a.grantee <> p.proowner)) FILTER (WHERE p.proacl IS NOT NULL), '{}')::text, true)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN ('llm', 'llm_private', 'llm_data');
