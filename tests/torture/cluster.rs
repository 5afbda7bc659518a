//! A PostgreSQL cluster of a story's own, which keeps what it acknowledges and can be stopped at any moment.

use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// A running cluster, removed when it is dropped.
pub struct Cluster {
    folder: TempDir,
    bin: PathBuf,
    pub port: u16,
}

impl Cluster {
    /// Makes and starts one.
    pub async fn start() -> Self {
        tokio::task::spawn_blocking(|| {
            let folder = tempfile::Builder::new().prefix("vouchsafe-cluster-").tempdir().expect("a folder");
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
            let port = listener.local_addr().expect("its number").port();
            drop(listener);
            let it = Self { folder, bin: bin(), port };
            it.give_away();
            it.run("initdb", &["-U", "tests", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"]);
            it.control("start");
            it
        })
        .await
        .expect("a cluster")
    }

    pub fn url(&self) -> String {
        self.url_at(self.port)
    }

    /// The same database behind another port.
    pub fn url_at(&self, port: u16) -> String {
        format!("postgres://tests@127.0.0.1:{port}/postgres")
    }

    /// Ends every process of it at once, as a crash does, and starts it again.
    pub async fn crash(&self) {
        let (bin, arguments) = (self.bin.join("pg_ctl"), self.arguments("restart"));
        let mut command = as_postgres(&bin);
        command.args(arguments).current_dir("/");
        tokio::task::spawn_blocking(move || assert!(command.output().expect("pg_ctl").status.success()))
            .await
            .expect("it is back");
    }

    fn arguments(&self, what: &str) -> Vec<String> {
        let data = self.folder.path().join("data");
        let log = self.folder.path().join("log");
        // Everything is on disk before it is acknowledged; that is what is tried here. The WAL writer is slow, so that what
        // was not waited for is not there by chance.
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=on -c synchronous_commit=on \
             -c wal_writer_delay=5s -c max_connections=100 -c shared_buffers=32MB",
            self.port
        );
        let words =
            ["-D", &data.to_string_lossy(), "-l", &log.to_string_lossy(), "-m", "immediate", "-w", "-o", &options];
        words.into_iter().map(str::to_owned).chain([what.to_owned()]).collect()
    }

    fn control(&self, what: &str) {
        let mut command = as_postgres(&self.bin.join("pg_ctl"));
        let output = command.args(self.arguments(what)).current_dir("/").stdout(std::process::Stdio::null()).status();
        assert!(output.expect("pg_ctl").success(), "{}", self.log());
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = as_postgres(&self.bin.join(program));
        command.arg("-D").arg(self.folder.path().join("data")).args(arguments).current_dir("/");
        let output = command.output().expect(program);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// PostgreSQL does not run as root, so its folder is not root's.
    fn give_away(&self) {
        if is_root() {
            let given = Command::new("chown").arg("postgres").arg(self.folder.path()).status();
            assert!(given.expect("chown").success());
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut command = as_postgres(&self.bin.join("pg_ctl"));
        _ = command.args(self.arguments("stop")).current_dir("/").output();
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn as_postgres(program: &std::path::Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
    command
}

/// Where the programs of PostgreSQL are: in the path, or where Debian puts them.
fn bin() -> PathBuf {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&paths).filter(|path| path.join("initdb").exists()).collect();
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect())
        .unwrap_or_default();
    debian.sort();
    folders.extend(debian.into_iter().rev());
    folders.into_iter().next().expect("PostgreSQL is not installed; `make tools` installs it")
}
