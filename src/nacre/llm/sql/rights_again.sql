-- A function that a migration dropped, and that was made anew under its name and arguments, has the rights that it had.
DO $$
DECLARE
    again record;
    holder record;
BEGIN
    FOR again IN
        SELECT p.oid::regprocedure AS function, p.oid, p.proowner AS owner, k.value AS rights
        FROM jsonb_each(current_setting('nacre.known_rights')::jsonb) AS k
        JOIN pg_proc p ON p.oid = to_regprocedure(k.key)
        WHERE p.oid <> ALL (current_setting('nacre.known_functions')::oid[])
    LOOP
        FOR holder IN
            SELECT DISTINCT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS role
            FROM pg_proc p, aclexplode(p.proacl) AS a WHERE p.oid = again.oid AND a.grantee <> again.owner
        LOOP
            EXECUTE format('REVOKE ALL ON ROUTINE %s FROM %s', again.function, holder.role);
        END LOOP;
        FOR holder IN SELECT r.* FROM jsonb_to_recordset(again.rights) AS r (role text, hands_on boolean) LOOP
            EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %s%s', again.function, holder.role,
                CASE WHEN holder.hands_on THEN ' WITH GRANT OPTION' ELSE '' END);
        END LOOP;
    END LOOP;
END
$$;
