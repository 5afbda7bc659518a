//! The app as people meet it: over HTTP, as somebody, on both databases.

#[cfg(test)]
mod basics;
