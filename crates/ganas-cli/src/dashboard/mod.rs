//! The dashboard: a small read-only server on the loopback address.

mod followed;
mod request;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{io, thread};

use ganas::charts::message_page;
use tiny_http::{Header, Response, Server};

use self::followed::Followed;
use self::request::{Asked, Refusal};
use crate::output::{self, Failure, Outcome};

/// Number of threads that answer requests: more than one, so that a slow page does not delay the
/// others.
const THREADS: usize = 3;

/// Headers of every answer, besides the content type.
const HEADERS: [(&str, &str); 4] = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
];

/// The status, content type and content of an answer.
type Answer = (u16, &'static str, String);

/// Serves the studies in `folders` on `port` until Ctrl-C.
pub(crate) fn serve(folders: Vec<PathBuf>, port: u16) -> Outcome {
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let taken = |error: &dyn std::fmt::Display| {
        format!("{here}: {error}; choose another port with `--port`; `--port 0` uses any free port")
    };
    let server = match Server::http(here) {
        Ok(server) => Arc::new(server),
        Err(error) => return output::unsupported(taken(&error)),
    };
    let port = server.server_addr().to_ip().map_or(port, |address| address.port());
    let (followed, ended) = (Arc::new(Followed::new(folders)), Arc::new(AtomicBool::new(false)));
    let at_end = {
        let (server, ended) = (server.clone(), ended.clone());
        move || {
            ended.store(true, Ordering::SeqCst);
            (0..THREADS).for_each(|_| server.unblock());
        }
    };
    ctrlc::set_handler(at_end).map_err(Failure::Signals)?;
    output::write_text(&format!("http://127.0.0.1:{port}/ (Ctrl-C ends it)\n"))?;
    let answer_all = || {
        while !ended.load(Ordering::SeqCst) {
            // An error concerns one connection only, or is caused by `unblock`.
            if let Ok(request) = server.recv() {
                let answer = match Asked::of(&request, port) {
                    Ok(asked) => followed.answer(&asked),
                    Err(refusal) => refused(&refusal),
                };
                // The client may be gone.
                let _ = request.respond(response(answer));
            }
        }
    };
    thread::scope(|scope| {
        (0..THREADS).for_each(|_| drop(scope.spawn(answer_all)));
    });
    Ok(())
}

fn refused(refusal: &Refusal) -> Answer {
    let message = refusal.to_string();
    (refusal.status(), "text/html; charset=utf-8", message_page("Refused", &message))
}

fn response((status, kind, content): Answer) -> Response<io::Cursor<Vec<u8>>> {
    let mut response = Response::from_string(content).with_status_code(status);
    for (name, value) in HEADERS.into_iter().chain([("Content-Type", kind)]) {
        if let Ok(header) = Header::from_bytes(name, value) {
            response.add_header(header);
        }
    }
    response
}
