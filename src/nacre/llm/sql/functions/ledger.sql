-- What was asked, what it cost, and what it may cost. It is kept by the side-car: no rollback and no rewind erases it.

CREATE OR REPLACE FUNCTION llm.usage(days integer DEFAULT 30)
    RETURNS TABLE (day date, model text, role text, calls bigint, cached bigint, failed bigint, input_tokens bigint,
        output_tokens bigint, cost_usd numeric)
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT u.day, u.model, u.role, u.calls, u.cached, u.failed, u.input_tokens, u.output_tokens, u.cost_usd
    FROM pg_catalog.jsonb_to_recordset(llm_private.call('usage', pg_catalog.json_build_object(
        'days', days, 'by', pg_catalog.json_build_array('day', 'model', 'role'))))
        AS u (day date, model text, role text, calls bigint, cached bigint, failed bigint, input_tokens bigint,
            output_tokens bigint, cost_usd numeric);
END;
COMMENT ON FUNCTION llm.usage(integer) IS 'What this branch has used, by day, model and role.';

-- A view is made once and then migrated.
DO $$
BEGIN
    IF to_regclass('llm.spend') IS NULL THEN
        CREATE VIEW llm.spend AS
            SELECT u.day, sum(u.calls)::bigint AS calls, sum(u.cost_usd) AS cost_usd FROM llm.usage() u
            GROUP BY u.day ORDER BY u.day DESC;
        COMMENT ON VIEW llm.spend IS 'What this branch has spent in the last 30 days, by day, in dollars.';
        GRANT SELECT ON llm.spend TO llm_user;
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION llm.audit(options jsonb DEFAULT '{}')
    RETURNS TABLE (request_id text, at timestamptz, role text, application text, purpose text, model text,
        outcome text, error text, cache text, input_tokens bigint, output_tokens bigint, cost_usd numeric,
        seconds double precision, prompt text, answer text)
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT a.request_id, a.at, a.role, a.application, a.purpose, a.model, a.outcome, a.error, a.cache, a.input_tokens,
        a.output_tokens, a.cost_usd, a.seconds, a.prompt, a.answer
    FROM pg_catalog.jsonb_to_recordset(llm_private.call('audit', options::json))
        AS a (request_id text, at timestamptz, role text, application text, purpose text, model text, outcome text,
            error text, cache text, input_tokens bigint, output_tokens bigint, cost_usd numeric,
            seconds double precision, prompt text, answer text);
END;
COMMENT ON FUNCTION llm.audit(jsonb) IS
'Every call of this branch, newest first, also those that failed, were cancelled or rolled back.
`options`: limit, before (a request_id to go on from), model, role, purpose, outcome, since.
Texts of other roles are shown to members of llm_admin alone.';

CREATE OR REPLACE FUNCTION llm.trace(request_id text) RETURNS jsonb
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN llm_private.call('trace', pg_catalog.json_build_object('request_id', request_id));
COMMENT ON FUNCTION llm.trace(text) IS 'All that is known of one call, with what was said of it.';

CREATE OR REPLACE FUNCTION llm.feedback(request_id text, rating integer, text text DEFAULT '') RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT llm_private.call('feedback', pg_catalog.json_build_object(
        'request_id', request_id, 'rating', rating, 'text', text));
END;
COMMENT ON FUNCTION llm.feedback(text, integer, text) IS 'Say how good an answer was: 1 good, 0 neither, -1 bad.';

CREATE OR REPLACE FUNCTION llm.budgets()
    RETURNS TABLE (subject text, name text, period text, usd numeric, spent_usd numeric, shared boolean)
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT b.subject, b.name, b.period, b.usd, b.spent_usd, b.shared
    FROM pg_catalog.jsonb_to_recordset(llm_private.call('budgets'))
        AS b (subject text, name text, period text, usd numeric, spent_usd numeric, shared boolean);
END;
COMMENT ON FUNCTION llm.budgets() IS 'The budgets that hold here, and what is spent of each.';

CREATE OR REPLACE FUNCTION llm.set_budget(usd numeric, subject text DEFAULT 'everybody', name text DEFAULT '',
    period text DEFAULT 'day') RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT llm_private.call('set_budget', pg_catalog.json_build_object(
        'usd', usd, 'subject', subject, 'name', name, 'period', period));
END;
COMMENT ON FUNCTION llm.set_budget(numeric, text, text, text) IS
'Let no more be spent in a day or month; for members of llm_admin. `subject`: everybody, person, role or branch; `name`:
which, * for each by themselves. Calls over it are refused with LM008.';

CREATE OR REPLACE FUNCTION llm.remove_budget(subject text DEFAULT 'everybody', name text DEFAULT '',
    period text DEFAULT 'day') RETURNS void
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT llm_private.call('remove_budget', pg_catalog.json_build_object(
        'subject', subject, 'name', name, 'period', period));
END;
COMMENT ON FUNCTION llm.remove_budget(text, text, text) IS 'End a budget; for members of llm_admin.';

CREATE OR REPLACE FUNCTION llm.cache_clear(model text DEFAULT NULL) RETURNS integer
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
RETURN (llm_private.call('cache_clear', pg_catalog.json_build_object('model', model)) ->> 'cleared')::integer;
COMMENT ON FUNCTION llm.cache_clear(text) IS
'Forget answers that are kept for this project, of one model or of all; for members of llm_admin. Gives how many.';
