//! What a migration makes of rows that an older program has written: the schema as it was before, such rows in it, and then the rest of the
//! steps. A step that only adds something needs no test here.

use std::fs;

use bronya_store::{Options, Store};
use jiff::Timestamp;
use uuid::Uuid;

use crate::world::{Database, Kind};

/// A database with every step of the schema that comes before one.
fn before(kind: Kind, step: &str) -> Database {
    let database = Database::fresh(kind);
    let (folder, number, time) = match kind {
        Kind::Sqlite => ("sqlite", "INTEGER", "INTEGER"),
        Kind::Postgres => ("postgres", "bigint", "timestamptz"),
    };
    let table = format!("CREATE TABLE schema_migration (version {number} PRIMARY KEY, name text, applied_at {time})");
    database.sql(&table).unwrap();
    let folder = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut steps: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    steps.sort();
    let (earlier, _) = steps.split_at(steps.iter().position(|it| it.file_stem().unwrap() == step).unwrap());
    for path in earlier {
        let name = path.file_stem().unwrap().to_str().unwrap();
        database.sql(&fs::read_to_string(path).unwrap()).unwrap();
        let now = database.time(Timestamp::UNIX_EPOCH);
        database
            .sql(&format!(
                "INSERT INTO schema_migration VALUES ({}, '{name}', {now})",
                name[..4].parse::<i64>().unwrap()
            ))
            .unwrap();
    }
    database
}

/// Takes the steps that are left.
async fn migrate(database: &Database) {
    Store::open(Options { durable_only: false, ..Options::new(database.url()) }).await.unwrap();
}

/// What is booked along was told from mere parts in the booking alone; since then the other way round tells it too.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_booked_along_before_is_asked_for_since() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = before(kind, "0022_asked_for");
        let id = |number: u128| Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | number);
        let (along, part, of_along) = (id(0x0A), id(0x0B), id(0xC0_FF_EE));
        let time = |minutes: i64| database.time(Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap());
        let held = |of: Uuid, asked: bool| format!(r#"{{"resource_id":"{of}","quantity":1,"asked":{asked}}}"#);
        // A room with a projector, and its part; a hall whose part is the projector of the other; one alone, and a block of a whole.
        for (booking, shares) in [
            (id(1), Some(format!("[{},{},{}]", held(along, true), held(part, false), held(of_along, false)))),
            (id(2), Some(format!("[{}]", held(along, false)))),
            (id(3), None),
        ] {
            let column = shares.map_or("NULL".to_owned(), |text| format!("'{text}'"));
            let (booking, place, user) = (database.id(booking), database.id(id(0x100)), database.id(id(0x200)));
            let (from, to, now) = (time(0), time(60), time(-60));
            database
                .sql(&format!(
                    "INSERT INTO booking (id, resource_id, user_id, starts_at, ends_at, quantity, status, version, created_at, updated_at,
                        shares)
                    VALUES ({booking}, {place}, {user}, {from}, {to}, 1, 'cancelled', 1, {now}, {now}, {column})"
                ))
                .unwrap();
        }
        let block = id(4);
        for (holder, of) in [(id(1), along), (id(1), part), (id(1), of_along), (id(2), along), (block, part)] {
            let (holder, of) = (database.id(holder), database.id(of));
            let row = format!("INSERT INTO share (holder_id, resource_id, quantity) VALUES ({holder}, {of}, 1)");
            database.sql(&row).unwrap();
        }
        migrate(&database).await;
        let asked = match kind {
            Kind::Sqlite => "asked",
            Kind::Postgres => "asked::int",
        };
        let found = database.sql(&format!("SELECT holder_id, resource_id, {asked} FROM share ORDER BY 1, 2")).unwrap();
        let expected = [(id(1), along, 1), (id(1), part, 0), (id(1), of_along, 0), (id(2), along, 0), (block, part, 0)]
            .map(|(holder, of, asked)| format!("{holder}|{of}|{asked}"));
        assert_eq!(found.trim_end().lines().collect::<Vec<_>>(), expected, "{kind:?}");
    }
}
