-- A shop for tea and ware, invented for ./nacre bench text2sql. Nothing here depends on the day it is loaded.

CREATE TYPE order_status AS ENUM ('open', 'paid', 'shipped', 'cancelled', 'returned');

CREATE TABLE category (
    id int PRIMARY KEY,
    name text NOT NULL,
    parent int REFERENCES category
);
COMMENT ON COLUMN category.parent IS 'the category that this one is a part of; null at the top';

CREATE TABLE product (
    id int PRIMARY KEY,
    name text NOT NULL,
    category int NOT NULL REFERENCES category,
    price numeric(8, 2) NOT NULL,
    cost numeric(8, 2) NOT NULL,
    made_in text,
    discontinued boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE product IS '商品: what the shop sells';
COMMENT ON COLUMN product.price IS 'today''s price of one, in euros';
COMMENT ON COLUMN product.cost IS 'what the shop pays for one, in euros';
COMMENT ON COLUMN product.made_in IS 'country; null where it is not known';

CREATE TABLE customer (
    id int PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('person', 'company')),
    city text NOT NULL,
    country text NOT NULL,
    email text,
    joined date NOT NULL
);
COMMENT ON TABLE customer IS '顾客';
COMMENT ON COLUMN customer.country IS 'two letters, as DE';

CREATE TABLE orders (
    id int PRIMARY KEY,
    customer int NOT NULL REFERENCES customer,
    placed timestamp NOT NULL,
    status order_status NOT NULL,
    channel text NOT NULL,
    shipped date
);
COMMENT ON TABLE orders IS '订单';
COMMENT ON COLUMN orders.shipped IS 'the day it left the house; null as long as it has not';
COMMENT ON COLUMN orders.channel IS 'how it came: web, shop, phone';

CREATE TABLE order_line (
    order_id int REFERENCES orders,
    line int,
    product int NOT NULL REFERENCES product,
    quantity int NOT NULL,
    price numeric(8, 2) NOT NULL,
    discount int NOT NULL DEFAULT 0,
    PRIMARY KEY (order_id, line)
);
COMMENT ON COLUMN order_line.price IS 'of one, on the day of the order, before discount';
COMMENT ON COLUMN order_line.discount IS 'percent of the price';

CREATE TABLE review (
    id int PRIMARY KEY,
    product int NOT NULL REFERENCES product,
    customer int NOT NULL REFERENCES customer,
    stars int NOT NULL CHECK (stars BETWEEN 1 AND 5),
    said text,
    written date NOT NULL
);
COMMENT ON COLUMN review.said IS 'null where only stars were given';

CREATE TABLE warehouse (id int PRIMARY KEY, city text NOT NULL);

CREATE TABLE stock (
    warehouse int REFERENCES warehouse,
    product int REFERENCES product,
    quantity int NOT NULL,
    PRIMARY KEY (warehouse, product)
);
COMMENT ON TABLE stock IS '库存: how many of a product lie in a warehouse; no row where it is not kept there';

INSERT INTO category VALUES
    (1, 'Tea', NULL), (2, 'Green tea', 1), (3, 'Black tea', 1), (4, 'Oolong', 1),
    (5, 'Ware', NULL), (6, 'Pots', 5), (7, 'Cups', 5), (8, 'Books', NULL);

INSERT INTO product VALUES
    (1, 'Longjing', 2, 18.50, 9.20, 'China', false),
    (2, 'Sencha', 2, 12.00, 5.50, 'Japan', false),
    (3, 'Gyokuro', 2, 29.00, 16.00, 'Japan', false),
    (4, 'Bi Luo Chun', 2, 21.00, 11.00, 'China', true),
    (5, 'Assam', 3, 9.50, 3.80, 'India', false),
    (6, 'Darjeeling', 3, 14.00, 6.90, 'India', false),
    (7, 'Keemun', 3, 13.20, 6.10, 'China', false),
    (8, 'Tieguanyin', 4, 19.80, 9.90, 'China', false),
    (9, 'Da Hong Pao', 4, 34.00, 21.00, 'China', false),
    (10, 'Dong Ding', 4, 23.00, 12.40, 'Taiwan', false),
    (11, 'Yixing pot', 6, 88.00, 52.00, 'China', false),
    (12, 'Cast iron pot', 6, 64.00, 30.00, 'Japan', false),
    (13, 'Glass pot', 6, 27.50, 9.00, NULL, true),
    (14, 'Celadon cup', 7, 11.00, 4.00, 'China', false),
    (15, 'Porcelain cup', 7, 8.00, 2.50, NULL, false),
    (16, 'The Book of Tea', 8, 15.00, 8.00, 'United Kingdom', false);

INSERT INTO customer VALUES
    (1, 'Anna Keller', 'person', 'Berlin', 'DE', 'anna@example.org', '2023-02-11'),
    (2, 'Bruno Haas', 'person', 'Hamburg', 'DE', NULL, '2023-05-30'),
    (3, 'Café Lumière', 'company', 'Lyon', 'FR', 'post@lumiere.example', '2023-06-02'),
    (4, '王芳', 'person', '杭州', 'CN', 'wangfang@example.cn', '2023-07-19'),
    (5, 'Dora Lang', 'person', 'Berlin', 'DE', 'dora@example.org', '2023-09-01'),
    (6, 'Emil Roth', 'person', 'Bern', 'CH', NULL, '2023-11-23'),
    (7, 'Teehaus Linde', 'company', 'Munich', 'DE', 'linde@example.org', '2024-01-08'),
    (8, '李伟', 'person', '上海', 'CN', 'liwei@example.cn', '2024-02-14'),
    (9, 'Farid Amini', 'person', 'Lyon', 'FR', 'farid@example.fr', '2024-03-03'),
    (10, 'Greta Blum', 'person', 'Bern', 'CH', 'greta@example.ch', '2024-04-25'),
    (11, 'Hotel Alpenblick', 'company', 'Bern', 'CH', 'hotel@example.ch', '2024-05-05'),
    (12, '张敏', 'person', '上海', 'CN', NULL, '2024-06-16'),
    (13, 'Ida Nowak', 'person', 'Berlin', 'DE', 'ida@example.org', '2024-08-21'),
    (14, 'Jules Petit', 'person', 'Paris', 'FR', 'jules@example.fr', '2024-10-10'),
    (15, 'Kai Vogt', 'person', 'Hamburg', 'DE', 'kai@example.org', '2024-12-24'),
    (16, '西湖茶馆', 'company', '杭州', 'CN', 'xihu@example.cn', '2025-01-15'),
    (17, 'Lea Simon', 'person', 'Paris', 'FR', NULL, '2025-02-20'),
    (18, 'Mia Frei', 'person', 'Zurich', 'CH', 'mia@example.ch', '2025-03-12'),
    (19, 'Noah Berg', 'person', 'Munich', 'DE', 'noah@example.org', '2025-07-07'),
    (20, 'Olga Weiss', 'person', 'Berlin', 'DE', NULL, '2025-09-29');

INSERT INTO orders
SELECT n, 1 + (n * 7 + n * n / 5) % 18, at,
    status, CASE WHEN n % 5 = 0 THEN 'phone' WHEN n % 3 = 0 THEN 'shop' ELSE 'web' END,
    CASE WHEN status IN ('shipped', 'returned') THEN at::date + 1 + n % 6 END
FROM generate_series(1, 120) n,
    LATERAL (SELECT timestamp '2025-01-02 08:20' + n * interval '3 days' + n % 11 * interval '1 hour' AS at,
        (CASE WHEN n % 17 = 0 THEN 'cancelled' WHEN n % 23 = 0 THEN 'returned' WHEN n >= 114 THEN 'open'
            WHEN n >= 107 THEN 'paid' ELSE 'shipped' END)::order_status AS status) made;

INSERT INTO order_line
SELECT o.id, line, p.id, 1 + (o.id + line * 2) % 4, CASE WHEN o.id < 60 THEN round(p.price * 0.95, 2) ELSE p.price END,
    CASE WHEN (o.id + line) % 9 = 0 THEN 10 WHEN (o.id + line) % 13 = 0 THEN 25 ELSE 0 END
FROM orders o CROSS JOIN LATERAL generate_series(1, 1 + o.id % 3) line
    JOIN product p ON p.id = 1 + (o.id * 5 + line * 11 + o.id * o.id / 7) % 15;

INSERT INTO review
SELECT n, 1 + n * 3 % 13, 1 + n * 5 % 17, 1 + (n * n + n / 3) % 5,
    (ARRAY['Very fine', NULL, 'Arrived broken', 'Too expensive', NULL, '很好喝', 'As always'])[1 + n % 7],
    date '2025-02-01' + n * 7
FROM generate_series(1, 45) n;

INSERT INTO warehouse VALUES (1, 'Berlin'), (2, 'Lyon'), (3, '杭州');

INSERT INTO stock
SELECT w.id, p.id, (p.id * 13 + w.id * 29) % 60 FROM warehouse w, product p WHERE (p.id + w.id) % 4 <> 0;

ANALYZE;
