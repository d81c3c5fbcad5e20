//! The plan test: with a hundred thousand rows, the statements on the way of a request find their rows by an index. A
//! plan that goes through a big table works in every other test and stops working in production.

use crate::catalogue::catalogue;
use crate::testing::Migrated;

/// Statements that look at everything on purpose, and why that is right.
const LOOKS_AT_EVERYTHING: &[(&str, &str)] = &[
    ("accounts::COUNT", "asked once at start"),
    ("accounts::COUNT_ADMINS", "over the index of administrators, of whom there are few"),
    ("audit::CLAIMS", "an audit, page by page"),
    ("audit::STRAY_BOOKING_CLAIMS", "an audit"),
    ("audit::STRAY_BLOCK_CLAIMS", "an audit"),
    ("audit::MISCOUNTED_BOOKINGS", "an audit"),
    ("audit::MISCOUNTED_BLOCKS", "an audit"),
    ("audit::CLAIMS_OUT_OF_RANGE", "an audit"),
    ("audit::BOOKINGS_OF_OTHER_SITES", "an audit"),
    ("audit::COUNT_CLAIMS", "an audit"),
    ("audit::COUNT_BOOKINGS", "an audit"),
    ("audit::ADMINS_DISABLED", "an audit"),
    ("audit::STRAY_LINKS", "an audit"),
    ("places::NOT_ITS_OWN", "an audit"),
    ("bookings::LONGEST", "over resources, of which there are few"),
    ("groups::LIST", "by name, a thousand at most"),
    ("groups::COUNT", "a thousand at most"),
    ("kinds::LIST", "by name, two hundred at most"),
    ("resources::OVERVIEW", "over resources, of which there are few"),
    ("resources::ZONE_OF_MOST", "over resources, of which there are few"),
    ("resources::HIDDEN_ONES", "over resources, of which there are few"),
    ("waiting::IS_ANY", "ends at the first row"),
    ("kinds::COUNT", "two hundred at most"),
    ("keys::LIST", "a handful of keys"),
    ("keys::RETIRE", "a handful of keys"),
    ("sweep::KEYS", "a handful of keys"),
    ("setup::FIND", "one row at most"),
    ("setup::TAKE", "one row at most"),
    ("migrate::APPLIED", "a handful of steps"),
    ("zones::RULES", "some six hundred zones, once for each version of their rules"),
    ("zones::LIST", "what new rules differ in, a page at a time: only where there is nothing does it begin elsewhere"),
    (
        "zones::LIST_BLOCKS",
        "what new rules differ in, a page at a time: only where there is nothing does it begin elsewhere",
    ),
    ("doctor::SQLITE_SETTINGS", "no table at all"),
    ("doctor::POSTGRES_SETTINGS", "no table at all"),
];

/// Tables that grow without end.
const BIG: &[&str] = &[
    "booking",
    "block",
    "claim",
    "event",
    "idempotency",
    "session",
    "refresh_token",
    "account",
    "resource",
    "resource_manager",
    "site_manager",
    "area",
    "rate_limit",
    "share",
];

/// A hundred thousand of what there is much of, on a thousand resources.
const SQLITE_ROWS: &str = "
    CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999) SELECT i FROM n;
    INSERT INTO account SELECT CAST(printf('a%015d', i) AS BLOB), 'u' || i, 'u' || i, NULL, NULL, 'user', '', NULL, 1, 0, 0, NULL
        FROM n WHERE i < 5000;
    INSERT INTO site SELECT CAST(printf('p%015d', i) AS BLOB), 'p' || i, 'p' || i, NULL, 'UTC', 'en', NULL, 1, 0, 0, NULL
        FROM n WHERE i < 100;
    INSERT INTO site_manager SELECT CAST(printf('p%015d', i % 100) AS BLOB), CAST(printf('a%015d', i) AS BLOB), 0
        FROM n WHERE i < 5000;
    INSERT INTO area SELECT CAST(printf('z%015d', i) AS BLOB), CAST(printf('p%015d', i % 100) AS BLOB), NULL, 'z' || i, i, NULL, 1,
        0, 0, NULL FROM n WHERE i < 5000;
    INSERT INTO resource (id, name, kind, description, capacity, quantity, time_zone, requires_approval, search, version, revision,
        booking_longest_us, created_at, updated_at, deleted_at, site_id)
        SELECT CAST(printf('r%015d', i) AS BLOB), 'r' || i, 'room', NULL, NULL, 1 + (i % 100 = 0) * 9, 'UTC', 0,
        'r' || i, 1, 1, 3600000000, 0, 0, NULL, CAST(printf('p%015d', i % 100) AS BLOB) FROM n WHERE i < 1000;
    INSERT INTO resource_manager SELECT CAST(printf('r%015d', i % 1000) AS BLOB), CAST(printf('a%015d', i % 4999) AS BLOB), 0
        FROM n WHERE i < 20000;
    INSERT INTO session SELECT CAST(printf('s%015d', i) AS BLOB), CAST(printf('a%015d', i % 5000) AS BLOB), 0, i, i + 1000, NULL,
        NULL, NULL FROM n WHERE i < 50000;
    INSERT INTO refresh_token SELECT CAST(printf('t%031d', i) AS BLOB), CAST(printf('s%015d', i % 50000) AS BLOB), 0, i, NULL
        FROM n WHERE i < 50000;
    INSERT INTO booking (id, resource_id, user_id, starts_at, ends_at, quantity, title, notes, party_size, status, version, created_at,
        updated_at, site_id)
        SELECT CAST(printf('b%015d', i) AS BLOB), CAST(printf('r%015d', i % 1000) AS BLOB),
        CAST(printf('a%015d', i % 5000) AS BLOB), i / 1000 * 7200000000, i / 1000 * 7200000000 + 3600000000, 1, NULL, NULL, NULL,
        CASE WHEN i % 1000 = 7 THEN 'pending' ELSE 'confirmed' END, 1, 0, 0, CAST(printf('p%015d', i % 100) AS BLOB) FROM n;
    INSERT INTO claim (resource_id, unit, starts_at, ends_at, booking_id, block_id)
        SELECT resource_id, 1, starts_at, ends_at, id, NULL FROM booking;
    INSERT INTO share SELECT id, CAST(printf('r%015d', 1) AS BLOB), 1, 1 FROM booking WHERE starts_at < 20 * 7200000000;
    INSERT INTO event (id, at, action, actor_id, resource_id, booking_id)
        SELECT id, 0, 'booking.created', user_id, resource_id, id FROM booking;
    INSERT INTO idempotency SELECT user_id, 'k' || CAST(id AS TEXT), x'00', 201, NULL, NULL, '', starts_at FROM booking;
    INSERT INTO block SELECT CAST(printf('l%015d', i) AS BLOB), CAST(printf('r%015d', i % 1000) AS BLOB), i * 1000000,
        i * 1000000 + 1, NULL, x'00', 0, NULL, CASE WHEN i % 100 = 0 THEN x'00' END FROM n WHERE i < 20000;
    INSERT INTO rate_limit SELECT 'l' || i, i FROM n WHERE i < 20000;
    DROP TABLE n";

const POSTGRES_ROWS: &str = "
    CREATE FUNCTION made(kind text, i bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
        AS $$ SELECT md5(kind || i)::uuid $$;
    CREATE FUNCTION hour(i bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE
        AS $$ SELECT '2030-01-01T00:00Z'::timestamptz + i * interval '1 hour' $$;
    INSERT INTO account SELECT made('a', i), 'u' || i, 'u' || i, NULL, NULL, 'user', '', NULL, 1, now(), now()
        FROM generate_series(0, 4999) AS i;
    INSERT INTO site SELECT made('p', i), 'p' || i, 'p' || i, NULL, 'UTC', 'en', NULL, 1, now(), now(), NULL
        FROM generate_series(0, 99) AS i;
    INSERT INTO site_manager SELECT made('p', i % 100), made('a', i), now() FROM generate_series(0, 4999) AS i;
    INSERT INTO area SELECT made('z', i), made('p', i % 100), NULL, 'z' || i, i, NULL, 1, now(), now(), NULL
        FROM generate_series(0, 4999) AS i;
    INSERT INTO resource (id, name, kind, description, capacity, quantity, time_zone, requires_approval, search, version, revision,
        booking_longest_us, created_at, updated_at, deleted_at, site_id)
        SELECT made('r', i), 'r' || i, 'room', NULL, NULL, CASE WHEN i % 100 = 0 THEN 10 ELSE 1 END, 'UTC', false,
        'r' || i, 1, 1, 3600000000, now(), now(), NULL, made('p', i % 100) FROM generate_series(0, 999) AS i;
    INSERT INTO resource_manager SELECT made('r', i % 1000), made('a', i % 4999), now() FROM generate_series(0, 19999) AS i;
    INSERT INTO session SELECT made('s', i), made('a', i % 5000), now(), hour(i), hour(i + 10), NULL, NULL, NULL
        FROM generate_series(0, 49999) AS i;
    INSERT INTO refresh_token SELECT decode(md5('t' || i), 'hex'), made('s', i % 50000), now(), hour(i), NULL
        FROM generate_series(0, 49999) AS i;
    INSERT INTO booking (id, resource_id, user_id, starts_at, ends_at, quantity, title, notes, party_size, status, version, created_at,
        updated_at, site_id)
        SELECT made('b', i), made('r', i % 1000), made('a', i % 5000), hour(i / 1000 * 2), hour(i / 1000 * 2 + 1), 1,
        NULL, NULL, NULL, CASE WHEN i % 1000 = 7 THEN 'pending' ELSE 'confirmed' END, 1, now(), now(), made('p', i % 100)
        FROM generate_series(0, 99999) AS i;
    INSERT INTO claim (resource_id, unit, starts_at, ends_at, booking_id, block_id)
        SELECT resource_id, 1, starts_at, ends_at, id, NULL FROM booking;
    INSERT INTO share SELECT id, made('r', 1 + ('x' || right(id::text, 2))::bit(8)::int), 1, true FROM booking WHERE starts_at < hour(40);
    INSERT INTO event (id, at, action, actor_id, resource_id, booking_id)
        SELECT id, now(), 'booking.created', user_id, resource_id, id FROM booking;
    INSERT INTO idempotency SELECT user_id, 'k' || id, '', 201, NULL, NULL, '', starts_at FROM booking;
    INSERT INTO block SELECT made('l', i), made('r', i % 1000), hour(i), hour(i + 1), NULL, made('a', 0), now(), NULL,
        CASE WHEN i % 100 = 0 THEN made('s', i % 1000) END FROM generate_series(0, 19999) AS i;
    INSERT INTO rate_limit SELECT 'l' || i, hour(i) FROM generate_series(0, 19999) AS i";

fn is_exempt(name: &str) -> bool {
    LOOKS_AT_EVERYTHING.iter().any(|(exempt, _)| *exempt == name)
}

/// Whether a line of a plan of PostgreSQL's goes through all of a big table, or of an index of it; the line after it
/// says what the index is asked.
fn is_sweeping(line: &str, next: Option<&String>) -> bool {
    let table = line.split_once(" on ").map(|(_, rest)| rest.split(' ').next().unwrap_or_default());
    if !table.is_some_and(|table| BIG.contains(&table)) {
        return false;
    }
    line.contains("Seq Scan") || line.contains("Index") && !next.is_some_and(|next| next.contains("Index Cond:"))
}

#[tokio::test]
async fn plans_on_sqlite() {
    let mut database = Migrated::sqlite().await;
    // SQLite is never told to analyse, so it plans without knowing how much there is.
    database.tx.script(SQLITE_ROWS).await.unwrap();
    let mut bad = Vec::new();
    for entry in catalogue() {
        let Some(text) = entry.sqlite.filter(|_| !is_exempt(entry.name)) else { continue };
        // Arguments that are not bound are NULL, which changes no plan.
        let plan = database.rows(&format!("EXPLAIN QUERY PLAN {text}"), |row| row.get::<String>(3)).await.unwrap();
        for line in plan {
            if line.split(' ').next() == Some("SCAN")
                && !line.contains("CONSTANT ROW")
                // What was found by then, put together.
                && line != "SCAN own"
                && line != "SCAN along"
                && line != "SCAN inside"
                && line != "SCAN standing"
                && line != "SCAN said"
                && !line.starts_with("SCAN (subquery-")
            {
                bad.push(format!("{}: {line}", entry.name));
            }
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
}

#[tokio::test]
async fn plans_on_postgres() {
    let mut database = Migrated::postgres().await;
    let mut bad = Vec::new();
    for analysed in [false, true] {
        if analysed {
            // Only the time; how to plan stays as it is for every request.
            database.tx.script("SET statement_timeout = 0").await.unwrap();
            database.tx.script(POSTGRES_ROWS).await.unwrap();
            database.tx.script("ANALYZE").await.unwrap();
        }
        for (number, entry) in catalogue().into_iter().enumerate() {
            let Some(text) = entry.postgres.filter(|_| !is_exempt(entry.name)) else { continue };
            let name = format!("p{number}_{analysed}");
            database.tx.script(&format!("PREPARE {name} AS {text}")).await.unwrap();
            let arguments = vec!["NULL"; entry.arguments].join(", ");
            let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
            let explain = format!("EXPLAIN EXECUTE {name}{arguments}");
            let plan = database.rows(&explain, |row| row.get::<String>(0)).await.unwrap();
            let state = if analysed { "full" } else { "empty" };
            for (at, line) in plan.iter().enumerate() {
                if is_sweeping(line, plan.get(at + 1)) {
                    bad.push(format!("{}, {state}: {line}", entry.name));
                }
            }
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
}
