-- A clinic, invented for ./nacre bench text2sql, in a schema of its own. Nobody in it is real.

CREATE SCHEMA clinic;
SET search_path = clinic;

CREATE TABLE department (id int PRIMARY KEY, name text NOT NULL, beds int NOT NULL, floor int NOT NULL);
COMMENT ON TABLE department IS '科室';

CREATE TABLE doctor (
    id int PRIMARY KEY,
    name text NOT NULL,
    department int NOT NULL REFERENCES department,
    grade text NOT NULL,
    hired date NOT NULL,
    supervisor int REFERENCES doctor
);
COMMENT ON TABLE doctor IS '医生';
COMMENT ON COLUMN doctor.grade IS 'chief, senior or resident';

CREATE TABLE patient (
    id int PRIMARY KEY,
    name text NOT NULL,
    born date NOT NULL,
    sex char(1) NOT NULL CHECK (sex IN ('f', 'm')),
    city text NOT NULL,
    insurer text
);
COMMENT ON TABLE patient IS '病人';
COMMENT ON COLUMN patient.insurer IS 'null for who pays alone';

CREATE TABLE visit (
    id int PRIMARY KEY,
    patient int NOT NULL REFERENCES patient,
    doctor int NOT NULL REFERENCES doctor,
    at timestamp NOT NULL,
    kind text NOT NULL,
    minutes int NOT NULL,
    fee numeric(8, 2) NOT NULL,
    paid date
);
COMMENT ON TABLE visit IS '就诊: a patient sees a doctor';
COMMENT ON COLUMN visit.kind IS 'first, follow-up or emergency';
COMMENT ON COLUMN visit.paid IS 'null as long as the fee is owed';

CREATE TABLE illness (code text PRIMARY KEY, name text NOT NULL, chronic boolean NOT NULL);
COMMENT ON COLUMN illness.code IS 'as in ICD-10';

CREATE TABLE diagnosis (
    visit int REFERENCES visit,
    illness text REFERENCES illness,
    main boolean NOT NULL,
    PRIMARY KEY (visit, illness)
);
COMMENT ON TABLE diagnosis IS '诊断: what was found at a visit';
COMMENT ON COLUMN diagnosis.main IS 'whether the visit was about it; others were found beside';

CREATE TABLE drug (id int PRIMARY KEY, name text NOT NULL, maker text NOT NULL, price_per_day numeric(6, 2) NOT NULL);
COMMENT ON TABLE drug IS '药品';

CREATE TABLE prescription (
    id int PRIMARY KEY,
    visit int NOT NULL REFERENCES visit,
    drug int NOT NULL REFERENCES drug,
    days int NOT NULL
);
COMMENT ON TABLE prescription IS '处方';

CREATE TABLE lab_result (
    id int PRIMARY KEY,
    visit int NOT NULL REFERENCES visit,
    test text NOT NULL,
    value numeric(7, 1) NOT NULL,
    low numeric(7, 1) NOT NULL,
    high numeric(7, 1) NOT NULL
);
COMMENT ON COLUMN lab_result.low IS 'a value below is too low';
COMMENT ON COLUMN lab_result.high IS 'a value above is too high';

CREATE TABLE stay (
    id int PRIMARY KEY,
    patient int NOT NULL REFERENCES patient,
    department int NOT NULL REFERENCES department,
    came date NOT NULL,
    went date
);
COMMENT ON TABLE stay IS '住院: a patient lies in a department';
COMMENT ON COLUMN stay.went IS 'null for who is still here';

INSERT INTO department VALUES
    (1, 'Cardiology', 12, 2), (2, 'Surgery', 20, 1), (3, 'Paediatrics', 16, 3), (4, 'Neurology', 8, 2),
    (5, 'Dermatology', 0, 4);

INSERT INTO doctor VALUES
    (1, 'Adler', 1, 'chief', '2008-04-01', NULL), (2, 'Brandt', 2, 'chief', '2011-09-15', NULL),
    (3, 'Chen', 3, 'chief', '2014-01-01', NULL), (4, 'Dietz', 4, 'chief', '2016-06-01', NULL),
    (5, 'Ebert', 1, 'senior', '2012-03-01', 1), (6, 'Fuchs', 1, 'resident', '2022-10-01', 5),
    (7, 'Gao', 2, 'senior', '2015-02-01', 2), (8, 'Huber', 2, 'resident', '2021-08-01', 7),
    (9, 'Imhof', 2, 'resident', '2023-01-15', 7), (10, 'Jung', 3, 'senior', '2018-11-01', 3),
    (11, 'Koch', 3, 'resident', '2024-02-01', 10), (12, 'Liang', 4, 'senior', '2019-05-01', 4),
    (13, 'Maier', 5, 'senior', '2017-07-01', NULL), (14, 'Neumann', 5, 'resident', '2025-04-01', 13);

INSERT INTO patient
SELECT n, (ARRAY['Arnold', 'Bauer', 'Conrad', 'Dorn', 'Engel', '陈静', 'Fink', 'Graf', '刘洋', 'Horn'])[1 + n % 10]
        || ' ' || n,
    date '1938-05-17' + n * 547 + n * n % 200, CASE WHEN n * n % 7 IN (1, 2) THEN 'm' ELSE 'f' END,
    (ARRAY['Ulm', 'Ulm', 'Augsburg', '北京', 'Ulm', 'Kempten'])[1 + n * 5 % 6],
    (ARRAY['AOK', 'TK', NULL, 'AOK', 'Barmer'])[1 + n * 3 % 5]
FROM generate_series(1, 50) n;

INSERT INTO visit
SELECT n, 1 + (n * 11 + n * n / 9) % 47, 1 + (n * 5 + n / 4) % 13, at,
    CASE WHEN n % 9 = 0 THEN 'emergency' WHEN n <= 47 THEN 'first' ELSE 'follow-up' END,
    10 + n * 7 % 35, 40 + n * 13 % 90 + CASE WHEN n % 9 = 0 THEN 60 ELSE 0 END,
    CASE WHEN n % 8 <> 3 THEN at::date + 5 + n % 20 END
FROM generate_series(1, 200) n,
    LATERAL (SELECT timestamp '2024-07-01 08:00' + n * 65 / 24 * interval '1 day' + n % 19 * interval '30 minutes' AS at)
        made;

INSERT INTO illness VALUES
    ('I10', 'Hypertension', true), ('I48', 'Atrial fibrillation', true), ('K35', 'Appendicitis', false),
    ('S52', 'Fracture of the forearm', false), ('J06', 'Common cold', false), ('G43', 'Migraine', true),
    ('L20', 'Atopic dermatitis', true), ('E11', 'Diabetes type 2', true), ('R51', 'Headache', false),
    ('G20', 'Parkinson', true);

INSERT INTO diagnosis
SELECT v.id, i.code, turn = 0
FROM visit v, LATERAL generate_series(0, CASE WHEN v.id % 4 = 1 THEN 1 ELSE 0 END) turn
    JOIN LATERAL (SELECT code FROM illness WHERE code <> 'G20' ORDER BY code
        OFFSET (v.id * 2 + v.id / 7 + turn * 5) % 9 LIMIT 1) i ON true
WHERE v.id % 10 <> 7;

INSERT INTO drug VALUES
    (1, 'Ramipril', 'Hexal', 0.25), (2, 'Bisoprolol', 'Ratiopharm', 0.30), (3, 'Apixaban', 'Pfizer', 2.90),
    (4, 'Ibuprofen', 'Hexal', 0.60), (5, 'Sumatriptan', 'Ratiopharm', 4.10), (6, 'Metformin', 'Hexal', 0.35),
    (7, 'Hydrocortisone', 'Galen', 0.80), (8, 'Levodopa', 'Galen', 1.70);

INSERT INTO prescription
SELECT n, 1 + (n * 3 + n * n / 11) % 200, 1 + (n * 3 + n / 5) % 7, (ARRAY[7, 10, 14, 30, 90])[1 + n % 5]
FROM generate_series(1, 140) n;

INSERT INTO lab_result
SELECT n, 1 + (n * 7 + n / 3) % 200, test, round(low + (high - low) * ((n * 37 + n * n) % 150 - 20) / 100, 1), low, high
FROM generate_series(1, 160) n
    JOIN (VALUES (0, 'glucose', 70.0, 100.0), (1, 'cholesterol', 120.0, 200.0), (2, 'hemoglobin', 12.0, 16.0),
        (3, 'potassium', 3.5, 5.0)) kinds (number, test, low, high) ON number = n % 4;

INSERT INTO stay
SELECT n, 1 + (n * 17 + n * n / 6) % 50, 1 + (n + n / 5) % 4, came, CASE WHEN n <= 52 THEN came + 1 + n * 5 % 12 END
FROM generate_series(1, 60) n, LATERAL (SELECT date '2024-08-01' + n * 8 AS came) made;

RESET search_path;
ANALYZE;
