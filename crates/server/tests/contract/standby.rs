//! P14: a COMMIT that no standby has confirmed is neither a success nor a failure, for whoever made the request and for
//! whoever repeats it. PostgreSQL waits for a standby that does not exist, on a cluster of the test's own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bronya_store::DatabaseUrl;
use bronya_testkit::postgres::{Cluster, Durability};
use bronya_testkit::{TestDatabase, run_on};

/// Cancels every COMMIT that waits for a standby, which PostgreSQL then warns of; how many.
fn cancel_waits(cluster: &Cluster) -> usize {
    let sql = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    cluster.query(&cluster.url(), sql).expect("PostgreSQL answers").lines().count()
}

#[test]
fn what_no_standby_has_confirmed_is_of_unknown_outcome() {
    let mut cluster = Cluster::start(Durability::Fast).expect("a cluster");
    let url = cluster.create_database().expect("a database");
    let name = url.rsplit('/').next().expect("a URL ends with the database").to_owned();
    let ask = |cluster: &Cluster, sql: &str| cluster.query(&cluster.url(), sql).expect("PostgreSQL obeys");
    // Until the test wants it otherwise, nobody waits for the standby.
    ask(&cluster, &format!("ALTER DATABASE {name} SET synchronous_commit = local"));
    ask(&cluster, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    cluster.restart().expect("the cluster starts again");

    run_on(
        || TestDatabase::lent(DatabaseUrl::Postgres(url.clone())),
        async |app| {
            let anna = app.user("anna").await;
            let (first, second) = (app.resource(&anna, "Table").await, app.resource(&anna, "Hall").await);
            ask(&cluster, &format!("SET synchronous_commit = local; ALTER DATABASE {name} RESET synchronous_commit"));
            // Sessions know it from their beginning on.
            app.restart(|_| {}).await;

            // Silence.
            let began = Instant::now();
            app.book(&anna, &first, 60, 120).key("first").await.problem(503, "outcome-unknown");
            assert!(Duration::from_secs(7) < began.elapsed(), "it was not waited for: {:?}", began.elapsed());
            assert_eq!(cancel_waits(&cluster), 1, "the server does not cancel a COMMIT by itself");

            // A warning. What can be seen by now was never confirmed, so a repetition does not say that it was done.
            let done = AtomicBool::new(false);
            thread::scope(|threads| {
                let canceller = threads.spawn(|| {
                    let mut cancelled = 0;
                    while !done.load(Ordering::Acquire) {
                        cancelled += cancel_waits(&cluster);
                        thread::sleep(Duration::from_millis(20));
                    }
                    cancelled
                });
                let requests = async {
                    let began = Instant::now();
                    let again = app.book(&anna, &first, 60, 120).key("first").await;
                    let other = app.book(&anna, &second, 60, 120).key("second").await;
                    done.store(true, Ordering::Release);
                    (again, other, began.elapsed())
                };
                let (again, other, took) =
                    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(requests));
                assert!(0 < canceller.join().expect("the canceller ends"), "nothing waited");
                again.problem(503, "outcome-unknown");
                other.problem(503, "outcome-unknown");
                assert!(took < Duration::from_secs(7), "this was silence and no warning: {took:?}");
            });

            // The standby confirms, as far as PostgreSQL is concerned.
            ask(&cluster, "ALTER SYSTEM RESET synchronous_standby_names");
            ask(&cluster, "SELECT pg_reload_conf()");
            for (resource, key) in [(&first, "first"), (&second, "second")] {
                let answer = app.book(&anna, resource, 60, 120).key(key).await.is(201);
                assert_eq!(answer.header("idempotent-replayed"), Some("true"), "{answer}");
            }
            assert_eq!(app.get("/bookings/my").by(&anna).await.items().len(), 2);
        },
    );
}
