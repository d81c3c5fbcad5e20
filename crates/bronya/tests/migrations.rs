//! P18: a migration that is killed on its way leaves nothing behind, and of several that start at once one migrates and the
//! others wait. With the program itself, as processes.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../../testkit/src/postgres.rs"]
#[expect(dead_code, unreachable_pub, reason = "a file of the test kit, which uses the standard library alone")]
mod postgres;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::{Cluster, Durability};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bronya-migrations-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

fn start(home: &Path, command: &str, database: &str) -> Child {
    std::fs::write(home.join("bronya.toml"), "").unwrap();
    Command::new(env!("CARGO_BIN_EXE_bronya"))
        .args([command, "--database", database])
        .env_clear()
        .env("HOME", home)
        .env("BRONYA_CONFIG", home.join("bronya.toml"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits for its end; the exit code and what it said.
fn ended(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_migration_of_postgresql_that_is_killed_is_begun_again() {
    let (folder, cluster) = (Folder::new("postgres"), Cluster::start(Durability::Durable).unwrap());
    let url = cluster.create_database().unwrap();
    let query = |sql: &str| cluster.query(&url, sql).unwrap();
    // The migration rests in its middle: after the first tables, before the last.
    query(
        "CREATE FUNCTION rest() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            IF EXISTS (SELECT 1 FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.claim')
            THEN PERFORM pg_sleep(2); END IF; END $$;
        CREATE EVENT TRIGGER rest ON ddl_command_end EXECUTE FUNCTION rest()",
    );
    let mut killed = start(&folder.0, "migrate", &url);
    let resting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    let until = Instant::now() + Duration::from_secs(20);
    while query(resting) != "1" {
        assert!(
            Instant::now() < until && killed.try_wait().unwrap().is_none(),
            "the migration never came to its middle"
        );
        sleep(Duration::from_millis(5));
    }
    killed.kill().unwrap();
    assert_eq!(ended(killed).0, None, "a signal leaves no exit code");

    // PostgreSQL doesn't know yet that nobody is there. Whoever comes meanwhile waits, all three, and one migrates.
    let migrations: Vec<Child> = (0..3).map(|_| start(&folder.0, "migrate", &url)).collect();
    for migration in migrations {
        let (code, told) = ended(migration);
        assert_eq!(code, Some(0), "{told}");
    }
    // Each step was taken once; a number may be missing between two.
    let steps =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../store/migrations/postgres")).unwrap().count();
    assert_eq!(query("SELECT count(*) FROM schema_migration"), steps.to_string());
    let (code, told) = ended(start(&folder.0, "check", &url));
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn a_migration_of_sqlite_that_is_killed_is_begun_again() {
    let folder = Folder::new("sqlite");
    // Killed after ever longer times, until one comes to its end before that.
    let (mut kills, mut finished) = (0, false);
    for step in 0..400_u64 {
        let file = folder.0.join(format!("{step}.db"));
        let url = format!("sqlite://{}", file.display());
        let mut migration = start(&folder.0, "migrate", &url);
        sleep(Duration::from_micros(step * 500));
        migration.kill().unwrap();
        finished = ended(migration).0 == Some(0);
        kills += u32::from(!finished);
        let (code, told) = ended(start(&folder.0, "migrate", &url));
        assert_eq!(code, Some(0), "killed after {step} half milliseconds: {told}");
        let (code, told) = ended(start(&folder.0, "check", &url));
        assert_eq!(code, Some(0), "killed after {step} half milliseconds: {told}");
        if finished {
            break;
        }
    }
    assert!(finished && 0 < kills, "{kills} were killed");
}
