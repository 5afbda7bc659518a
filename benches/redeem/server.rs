//! The servers that are measured: Vouchsafe as its users run it, in a process of its own, and the ceiling beside it, which
//! does nothing but read JSON and answer JSON.

use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A child process that ends with its value.
pub struct Server {
    pub address: SocketAddr,
    child: Child,
}

impl Server {
    /// Starts Vouchsafe on this data and waits until it is ready.
    pub async fn start(data: &Path, database_url: Option<&str>) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port");
        let mut command = Command::new(env!("CARGO_BIN_EXE_vouchsafe"));
        command.arg("serve").env("VOUCHSAFE_LISTEN", address.to_string()).env("VOUCHSAFE_DATA", data);
        command.env("VOUCHSAFE_SECRET_KEY", support::app::SECRET).env("RUST_LOG", "warn").env_remove("DATABASE_URL");
        if let Some(url) = database_url {
            command.env("DATABASE_URL", url);
        }
        let server = Self { address, child: command.stdout(Stdio::null()).spawn().expect("vouchsafe starts") };
        for _ in 0..200 {
            if reqwest::get(format!("http://{address}/readyz")).await.is_ok_and(|answer| answer.status().is_success()) {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("vouchsafe is not ready after 10 s");
    }

    /// The most memory it ever had, in MiB.
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() / 1_024
    }

    /// Seconds of processor time it used so far.
    pub fn processor_seconds(&self) -> f64 {
        processor_seconds(&self.child.id().to_string())
    }
}

/// Seconds of processor time that a process used so far.
pub fn processor_seconds(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<f64> = after.split_whitespace().skip(11).take(2).filter_map(|text| text.parse().ok()).collect();
    // The kernel counts these in hundredths of a second.
    ticks.iter().sum::<f64>() / 100.0
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Reads a JSON object and answers one, as fast as the framework can.
pub fn ceiling() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        let echo = |body: web::Json<Value>| async move {
            HttpResponse::Ok().json(json!({ "code": body.get("code"), "state": "confirmed", "total": 0 }))
        };
        let server = HttpServer::new(move || App::new().route("/", web::post().to(echo))).workers(2).disable_signals();
        actix_web::rt::System::new().block_on(async move { server.listen(listener).expect("it listens").run().await })
    });
    address
}
