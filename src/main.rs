//! The program: reads the command line and does what it says.

use std::process::ExitCode;

/// Every request makes and drops many small things, on threads that hand them to each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    vouchsafe::cli::run().await
}
