//! What a page could cost at best here: as many bytes, out of the memory of the same framework.

use actix_web::{App, HttpResponse, HttpServer, web};
use std::net::{SocketAddr, TcpListener};

/// A server whose every page is so many bytes.
pub fn page(bytes: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        let body = web::Bytes::from(vec![b'x'; bytes]);
        let server = HttpServer::new(move || {
            let body = body.clone();
            // What is sent is read: a connection with an unread rest would be closed.
            let still = move |_sent: web::Bytes| {
                let body = body.clone();
                async move { HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body) }
            };
            App::new().default_service(web::to(still))
        });
        let server = server.workers(2).disable_signals();
        actix_web::rt::System::new().block_on(async move { server.listen(listener).expect("it listens").run().await })
    });
    address
}
