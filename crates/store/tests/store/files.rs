//! SQLite's file: one server at a time, copies while it runs, and a schema that is as new as the program.

use bronya_domain::user::Role;
use bronya_store::db::{backup_sqlite, restore_sqlite};
use bronya_store::{DatabaseUrl, Options, Store, StoreError};

use crate::world::{Database, Kind, World, hours, word};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_file_is_refused() {
    let world = World::open(Kind::Sqlite).await;
    let ann = world.person("ann", Role::User).await;
    let desk = world.resource(ann, "desk", 1).await;
    let Err(StoreError::Unavailable(text)) = Store::open(world.options()).await else { panic!("two servers") };
    assert!(text.contains("another server"), "{text}");
    // Nor by another way to it.
    #[cfg(unix)]
    {
        let DatabaseUrl::Sqlite(path) = world.database.url() else { unreachable!() };
        let link = path.with_file_name("link.db");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let by_link = Store::open(Options { url: DatabaseUrl::Sqlite(link), ..world.options() }).await;
        let Err(StoreError::Unavailable(text)) = by_link else { panic!("two servers") };
        assert!(text.contains("another server"), "{text}");
    }
    assert_eq!(word(&world.submit(ann, world.book(desk, hours(1, 2))).await), "done", "the first is undisturbed");

    let options = world.options();
    let World { store, database, .. } = world;
    drop(store);
    // Its threads end when they see that nobody is left.
    let again = loop {
        match Store::open(options.clone()).await {
            Ok(store) => break store,
            Err(StoreError::Unavailable(_)) => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
            Err(other) => panic!("{other}"),
        }
    };
    again.ready().await.unwrap();
    drop(database);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_writer_hangs_is_not_ready() {
    let world = World::open(Kind::Sqlite).await;
    let held = world.hold_engine().await;
    let while_held = tokio::time::timeout(std::time::Duration::from_millis(200), world.store.ready()).await;
    assert!(while_held.is_err(), "{while_held:?}");
    world.release_engine();
    held.await.unwrap();
    world.store.ready().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_taken_under_load_is_whole() {
    let world = World::open(Kind::Sqlite).await;
    let ann = world.person("ann", Role::User).await;
    let desk = world.resource(ann, "desk", 1).await;
    let DatabaseUrl::Sqlite(path) = world.database.url() else { unreachable!() };
    let copy = path.with_file_name("copy.db");
    let writing = async {
        for hour in 0..60 {
            assert_eq!(word(&world.submit(ann, world.book(desk, hours(hour, hour + 1))).await), "done");
        }
    };
    let copying = tokio::task::spawn_blocking({
        let (path, copy) = (path.clone(), copy.clone());
        move || {
            std::thread::sleep(std::time::Duration::from_millis(20));
            backup_sqlite(&path, &copy)
        }
    });
    let ((), copied) = tokio::join!(writing, copying);
    copied.unwrap().unwrap();
    assert!(backup_sqlite(&path, &copy).is_err(), "nothing is overwritten");
    assert!(restore_sqlite(&copy, &path).is_err(), "not under a running server");

    let home = Database::fresh(Kind::Sqlite);
    let DatabaseUrl::Sqlite(target) = home.url() else { unreachable!() };
    restore_sqlite(&copy, &target).unwrap();
    let restored = Store::open(Options { url: home.url(), ..world.options() }).await.unwrap();
    let report = restored.audit(world.clock.now()).await.unwrap();
    assert_eq!((report.findings.len(), report.claims), (0, report.bookings));
}

/// Both databases refuse a schema that is newer than the program, and an old one where they may not migrate.
#[tokio::test(flavor = "multi_thread")]
async fn a_schema_of_another_version_is_refused() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let empty = Database::fresh(kind);
        let options = Options { durable_only: false, migrate: false, exclusive: false, ..Options::new(empty.url()) };
        let Err(StoreError::Unavailable(text)) = Store::open(options.clone()).await else { panic!("no schema") };
        assert!(text.contains("no schema"), "{text}");
        Store::open(Options { migrate: true, ..options.clone() }).await.unwrap();
        let store = Store::open(options.clone()).await.unwrap();
        store.ready().await.unwrap();
        empty.sql("INSERT INTO schema_migration SELECT 999, 'from_the_future', applied_at FROM schema_migration WHERE version = 1").unwrap();
        assert!(store.ready().await.is_err());
        for migrate in [true, false] {
            let Err(StoreError::Unavailable(text)) = Store::open(Options { migrate, ..options.clone() }).await else {
                panic!("a newer schema")
            };
            assert!(text.contains("newer"), "{text}");
        }
    }
}
