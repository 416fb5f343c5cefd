-- Full text for every script: words by a text search configuration, and pairs of characters where a script has no
-- spaces (Chinese, Japanese, Korean), which finds words of any length without a dictionary.

-- The words of a text with their positions.
CREATE OR REPLACE FUNCTION llm_data.words(config regconfig, body text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    script constant text := '[\u2E80-\u2FFF\u3005-\u3007\u3040-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\uFF66-\uFF9D]+';
    pairs text;
BEGIN
    body := left(body, 200000); -- a tsvector holds one megabyte
    IF body !~ script THEN
        RETURN to_tsvector(config, body);
    END IF;
    SELECT string_agg(format('''%s'':%s', pair, place), ' ') INTO pairs
    FROM (
        SELECT substr(run[1], i, 2) AS pair, least(row_number() OVER (ORDER BY nth, i), 16000) AS place
        FROM regexp_matches(body, script, 'g') WITH ORDINALITY AS found (run, nth),
            generate_series(1, greatest(length(run[1]) - 1, 1)) AS i
    ) placed;
    RETURN to_tsvector(config, regexp_replace(body, script, ' ', 'g')) || pairs::tsvector;
END
$$;

-- A query for any of the words of a text, the more of them the better; NULL if it has none that count.
CREATE OR REPLACE FUNCTION llm_data.any_word(config regconfig, body text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(
        format('''%s''%s', replace(replace(lexeme, '\', '\\'), '''', ''''''),
            CASE WHEN length(lexeme) = 1 AND ascii(lexeme) >= 11904 THEN ':*' END), ' | '
    )::tsquery
    FROM unnest(llm_data.words(config, body))
$$;
