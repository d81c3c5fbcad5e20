//! The way to PostgreSQL: TLS as the URL asks for it and never less (D8), with certificates of our own making; and hosts
//! that are silent.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bronya_store::{DatabaseUrl, Options, Store, StoreError};

use crate::postgres::{Cluster, Durability};

/// A folder for keys and certificates.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("bronya-tls-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn openssl(&self, line: &str) {
        let output = Command::new("openssl").args(line.split(' ')).current_dir(&self.0).output();
        let output = output.unwrap_or_else(|error| panic!("openssl, which makes the certificates: {error}"));
        assert!(output.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// An authority: `NAME.pem` and `NAME.key`.
    fn authority(&self, name: &str) -> String {
        self.openssl(&format!(
            "req -x509 -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.pem -days 2 -subj /CN={name} \
             -addext basicConstraints=critical,CA:TRUE"
        ));
        self.0.join(format!("{name}.pem")).display().to_string()
    }

    /// A certificate for these names, signed by that authority: `server.pem` and `server.key`.
    fn server(&self, authority: &str, names: &str) {
        fs::write(self.0.join("names"), format!("subjectAltName={names}\nbasicConstraints=CA:FALSE\n")).unwrap();
        self.openssl("req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=server");
        self.openssl(&format!(
            "x509 -req -in server.csr -out server.pem -days 2 -CA {authority}.pem -CAkey {authority}.key \
             -CAcreateserial -extfile names"
        ));
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Lets the cluster offer TLS with the folder's `server.pem`.
fn offer_tls(cluster: &Cluster, folder: &Path) {
    let data = cluster.data_folder();
    let owner = fs::metadata(&data).unwrap();
    for name in ["server.pem", "server.key"] {
        let file = data.join(name);
        fs::copy(folder.join(name), &file).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    for setting in ["ssl_cert_file = 'server.pem'", "ssl_key_file = 'server.key'", "ssl = on"] {
        cluster.query(&cluster.url(), &format!("ALTER SYSTEM SET {setting}")).unwrap();
    }
    reload(cluster);
    // The postmaster reads its settings when it comes to it.
    let until = Instant::now() + Duration::from_secs(10);
    while cluster.query(&format!("{}?sslmode=require", cluster.url()), "SELECT 1").is_err() {
        assert!(Instant::now() < until, "PostgreSQL offers no TLS:\n{}", cluster.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn reload(cluster: &Cluster) {
    cluster.query(&cluster.url(), "SELECT pg_reload_conf()").unwrap();
}

async fn open(url: &str) -> Result<Store, StoreError> {
    Store::open(Options { durable_only: false, ..Options::new(DatabaseUrl::Postgres(url.to_owned())) }).await
}

/// How many of the store's connections are encrypted, and how many are not.
fn connections(cluster: &Cluster) -> (usize, usize) {
    let rows = cluster
        .query(
            &cluster.url(),
            "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'bronya'",
        )
        .unwrap();
    (rows.lines().filter(|row| *row == "t").count(), rows.lines().filter(|row| *row == "f").count())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_what_the_url_asks_for_and_never_less() {
    let (folder, cluster) = (Folder::new(), Cluster::start(Durability::Fast).unwrap());
    let (ours, other) = (folder.authority("ours"), folder.authority("other"));
    let plain = cluster.create_database().unwrap();
    for mode in ["require", "verify-ca", "verify-full"] {
        let refused = open(&format!("{plain}?sslmode={mode}")).await.unwrap_err();
        assert!(refused.to_string().contains("does not support TLS"), "{mode} without TLS: {refused}");
    }
    for parameters in ["", "?sslmode=prefer", "?sslmode=disable"] {
        let store = open(&format!("{plain}{parameters}")).await.unwrap();
        store.ready().await.unwrap();
        assert!(matches!(connections(&cluster), (0, 1..)), "{parameters}: {:?}", connections(&cluster));
        gone(store, &cluster).await;
    }

    folder.server("ours", "IP:127.0.0.1");
    offer_tls(&cluster, &folder.0);
    for (parameters, wanted) in [
        (String::new(), Ok(true)),
        ("sslmode=prefer".to_owned(), Ok(true)),
        ("sslmode=disable".to_owned(), Ok(false)),
        ("sslmode=require".to_owned(), Ok(true)),
        (format!("sslmode=require&sslrootcert={ours}"), Ok(true)),
        (format!("sslmode=require&sslrootcert={other}"), Err("UnknownIssuer")),
        (format!("sslmode=verify-ca&sslrootcert={ours}"), Ok(true)),
        (format!("sslmode=verify-ca&sslrootcert={other}"), Err("UnknownIssuer")),
        // The system knows nothing of an authority that was made a moment ago.
        ("sslmode=verify-ca".to_owned(), Err("")),
        (format!("sslmode=verify-full&sslrootcert={ours}"), Ok(true)),
        (format!("sslmode=verify-full&sslrootcert={other}"), Err("UnknownIssuer")),
        ("sslmode=verify-full".to_owned(), Err("")),
        ("sslmode=verify-full&sslrootcert=system".to_owned(), Err("")),
    ] {
        expect(&cluster, &plain, &parameters, wanted).await;
    }

    // A certificate for another name is good enough for everything but verify-full.
    folder.server("ours", "DNS:elsewhere.example");
    offer_tls(&cluster, &folder.0);
    let until = Instant::now() + Duration::from_secs(10);
    while open(&format!("{plain}?sslmode=verify-full&sslrootcert={ours}")).await.is_ok() {
        assert!(Instant::now() < until, "PostgreSQL goes on with the old certificate, or its name is not looked at");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for (parameters, wanted) in [
        (format!("sslmode=verify-full&sslrootcert={ours}"), Err("not valid for name")),
        (format!("sslmode=verify-ca&sslrootcert={ours}"), Ok(true)),
        (format!("sslmode=require&sslrootcert={ours}"), Ok(true)),
        ("sslmode=require".to_owned(), Ok(true)),
    ] {
        expect(&cluster, &plain, &parameters, wanted).await;
    }
}

/// Opens a store; it must be encrypted or not as `wanted` says, or be refused with these words.
async fn expect(cluster: &Cluster, url: &str, parameters: &str, wanted: Result<bool, &str>) {
    match (open(&format!("{url}?{parameters}")).await, wanted) {
        (Ok(store), Ok(encrypted)) => {
            store.ready().await.unwrap();
            let (tls, plain) = connections(cluster);
            assert!(
                0 < tls + plain && (plain == 0) == encrypted && (tls == 0) != encrypted,
                "{parameters}: {tls} {plain}"
            );
            gone(store, cluster).await;
        }
        (Err(refused), Err(told)) => {
            assert!(matches!(refused, StoreError::Unavailable(_)), "{parameters}: {refused:?}");
            assert!(format!("{refused:?}").contains(told), "{parameters}: {refused}");
            assert_eq!(connections(cluster), (0, 0), "{parameters}");
        }
        (found, _) => panic!("{parameters}: {found:?}, where {wanted:?} was to be"),
    }
}

async fn gone(store: Store, cluster: &Cluster) {
    drop(store);
    let until = Instant::now() + Duration::from_secs(10);
    while connections(cluster) != (0, 0) {
        assert!(Instant::now() < until, "connections stay open");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_is_sent_by_scram_is_bound_to_the_certificate() {
    let (folder, cluster) = (Folder::new(), Cluster::start(Durability::Fast).unwrap());
    let ours = folder.authority("ours");
    folder.server("ours", "IP:127.0.0.1");
    offer_tls(&cluster, &folder.0);
    cluster.query(&cluster.url(), "CREATE ROLE zoya LOGIN SUPERUSER PASSWORD 'kestrel umbra'").unwrap();
    fs::write(cluster.data_folder().join("pg_hba.conf"), "host all zoya all scram-sha-256\nhost all all all trust\n")
        .unwrap();
    reload(&cluster);
    let url = cluster.url().replace("bronya@", "zoya:kestrel%20umbra@");
    let bound = format!("{url}?sslmode=verify-full&sslrootcert={ours}&channel_binding=require");
    open(&bound).await.unwrap().ready().await.unwrap();
    let refused = open(&bound.replace("kestrel", "merlin")).await.unwrap_err();
    assert!(refused.to_string().contains("password authentication failed"), "{refused}");
}

/// The kernel takes a connection in before anybody accepts it, as it does for a server that hangs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_host_does_not_keep_from_the_next() {
    let cluster = Cluster::start(Durability::Fast).unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = format!("@127.0.0.1:{},", silent.local_addr().unwrap().port());
    let url = format!("{}?target_session_attrs=read-write&connect_timeout=1", cluster.url().replace('@', &at));

    let began = Instant::now();
    let store = open(&url).await.unwrap();
    assert!(
        Duration::from_secs(1) <= began.elapsed() && began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    // The pool for readers waits for the silent one once more, and then begins with the one that answered.
    store.ready().await.unwrap();
    let began = Instant::now();
    cluster
        .query(
            &cluster.url(),
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bronya'",
        )
        .unwrap();
    while store.ready().await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(5), "not ready again");
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());

    let alone = format!("postgres://u@127.0.0.1:{}/d?connect_timeout=1", silent.local_addr().unwrap().port());
    let refused = open(&alone).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Unavailable(text) if text.contains("no answer within 1s")), "{refused}");
}
