-- Where vectorizers were made: the database knows the rest.
CREATE TABLE vectorizer_place (
    site TEXT NOT NULL,
    database TEXT NOT NULL,
    PRIMARY KEY (site, database)
) WITHOUT ROWID;
