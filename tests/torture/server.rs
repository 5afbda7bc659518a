//! The program as a process of its own.

use crate::house::House;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::app::SECRET;

/// A running `vouchsafe serve`, killed when it is dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process until it listened.
    pub ready_after: Duration,
}

/// The program with the configuration of a house.
pub fn program(house: &House) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vouchsafe"));
    command
        .current_dir(&house.config.data)
        .env("VOUCHSAFE_DATA", &house.config.data)
        .env("VOUCHSAFE_SECRET_KEY", SECRET)
        .env("VOUCHSAFE_LISTEN", "127.0.0.1:0")
        .env_remove("DATABASE_URL");
    if let Some(url) = &house.config.database_url {
        command.env("DATABASE_URL", url);
    }
    command
}

impl Server {
    pub async fn start(house: &House) -> Self {
        Self::start_with(house, |_| {}).await
    }

    /// As [`Server::start`], with changes to the command.
    pub async fn start_with(house: &House, change: impl FnOnce(&mut Command)) -> Self {
        let mut command = program(house);
        let log = house.log();
        let said = File::options().create(true).append(true).open(&log).expect("a log");
        command.arg("serve").env("RUST_LOG", "warn").stdout(Stdio::piped()).stderr(said);
        change(&mut command);
        tokio::task::spawn_blocking(move || {
            let began = Instant::now();
            let mut child = command.spawn().expect("the program starts");
            let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
            let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
                line.strip_prefix("Vouchsafe listens on http://").map(|address| address.parse().expect("an address"))
            });
            let Some(address) = address else {
                panic!("the program did not start: {}", std::fs::read_to_string(log).unwrap_or_default())
            };
            // Whatever else it says is read, so that it never waits for a reader.
            std::thread::spawn(move || lines.for_each(drop));
            Self { child, address, ready_after: began.elapsed() }
        })
        .await
        .expect("the program starts")
    }

    /// SIGKILL: no chance to finish anything.
    pub fn kill(&mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it is gone");
    }

    /// SIGSTOP: it does nothing until it is resumed.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// SIGCONT.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "it takes {signal}");
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_none()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
