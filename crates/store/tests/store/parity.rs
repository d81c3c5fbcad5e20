//! Both schemas say the same: tables, columns, what may be NULL, keys, indexes and references, up to how each
//! database writes a type.

use std::collections::BTreeSet;

use crate::world::{Kind, World};

/// What each database calls the same type; on SQLite several are one.
fn mapped(postgres: &str) -> &'static str {
    match postgres {
        "uuid" | "bytea" => "BLOB",
        "text" => "TEXT",
        "timestamp with time zone" | "bigint" | "integer" | "boolean" => "INTEGER",
        other => panic!("{other} has no counterpart on SQLite"),
    }
}

/// Every line says one thing of a schema.
fn described(world: &World, statements: &[&str]) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for statement in statements {
        for row in world.sql(statement).unwrap().lines() {
            let line = match row.split_once("type=") {
                Some((before, rest)) if world.kind == Kind::Postgres => {
                    let (ty, after) = rest.split_once(';').unwrap();
                    format!("{before}type={};{after}", mapped(ty))
                }
                _ => row.to_owned(),
            };
            // A condition as each database writes it: PostgreSQL adds brackets and casts.
            lines.insert(line.replace(['(', ')'], "").replace("::text", ""));
        }
    }
    lines
}

const SQLITE: &[&str] = &[
    "SELECT 'column ' || t.name || '.' || c.name || ' at ' || c.cid || ' type=' || c.type || '; null=' || (c.\"notnull\" = 0)
    FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table'",
    "SELECT 'key ' || t.name || ': ' || (
        SELECT group_concat(c.name) FROM (SELECT name FROM pragma_table_info(t.name) WHERE pk > 0 ORDER BY pk) AS c)
    FROM sqlite_schema AS t WHERE t.type = 'table'",
    "SELECT 'index ' || i.name || ' on ' || t.name || ' unique=' || i.\"unique\" || ': ' || (
        SELECT group_concat(c.name) FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) AS c
    ) || coalesce(' where ' || nullif(substr(s.sql, nullif(instr(s.sql, ' WHERE '), 0) + 7), ''), '')
    FROM sqlite_schema AS t JOIN pragma_index_list(t.name) AS i JOIN sqlite_schema AS s ON s.name = i.name
    WHERE t.type = 'table' AND i.origin = 'c'",
    "SELECT 'reference ' || t.name || '.' || f.\"from\" || ' to ' || f.\"table\" || ' on delete ' || f.on_delete
    FROM sqlite_schema AS t JOIN pragma_foreign_key_list(t.name) AS f WHERE t.type = 'table'",
];

const POSTGRES: &[&str] = &[
    "SELECT 'column ' || table_name || '.' || column_name || ' at ' || (ordinal_position - 1)
        || ' type=' || data_type || '; null=' || (is_nullable = 'YES')::int
    FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT 'key ' || x.indrelid::regclass || ': ' || (
        SELECT string_agg(a.attname, ',' ORDER BY k.at)
        FROM unnest(x.indkey) WITH ORDINALITY AS k (number, at)
        JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.number)
    FROM pg_index AS x JOIN pg_class AS t ON t.oid = x.indrelid
    WHERE x.indisprimary AND t.relnamespace = 'public'::regnamespace",
    "SELECT 'index ' || x.indexrelid::regclass || ' on ' || x.indrelid::regclass || ' unique=' || x.indisunique::int
        || ': ' || (
        SELECT string_agg(a.attname, ',' ORDER BY k.at)
        FROM unnest(x.indkey) WITH ORDINALITY AS k (number, at)
        JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.number
    ) || coalesce(' where ' || pg_get_expr(x.indpred, x.indrelid), '')
    FROM pg_index AS x JOIN pg_class AS t ON t.oid = x.indrelid
    WHERE NOT x.indisprimary AND t.relnamespace = 'public'::regnamespace",
    "SELECT 'reference ' || c.conrelid::regclass || '.' || a.attname || ' to ' || c.confrelid::regclass || ' on delete '
        || CASE c.confdeltype WHEN 'c' THEN 'CASCADE' ELSE 'NO ACTION' END
    FROM pg_constraint AS c JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE c.contype = 'f'",
];

#[tokio::test(flavor = "multi_thread")]
async fn both_schemas_say_the_same() {
    let mut sqlite = described(&World::open(Kind::Sqlite).await, SQLITE);
    // The numbers of units: PostgreSQL counts by itself.
    sqlite.retain(|line| !(line.starts_with("column unit.") || line.starts_with("key unit:")));
    let postgres = described(&World::open(Kind::Postgres).await, POSTGRES);
    for (kind, at_least) in [("column ", 90), ("key ", 14), ("index ", 15), ("reference ", 4)] {
        let found = sqlite.iter().filter(|line| line.starts_with(kind)).count();
        assert!(found >= at_least, "{found} lines of {kind}");
    }
    let only = |these: &BTreeSet<String>, those: &BTreeSet<String>| -> Vec<String> {
        these.difference(those).cloned().collect()
    };
    assert_eq!(
        (only(&sqlite, &postgres), only(&postgres, &sqlite)),
        (vec![], vec![]),
        "only on SQLite, only on PostgreSQL"
    );
}
