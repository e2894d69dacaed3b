//! A server that imitates Ray's job interface.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// What is shared with a test.
#[derive(Default)]
pub(crate) struct Ray {
    /// A state that was set, or else what the process says.
    jobs: BTreeMap<String, (Child, Option<(String, String)>)>,
    pub(crate) submissions: Vec<Value>,
    pub(crate) listings: usize,
    pub(crate) stopped: Vec<String>,
    /// What is answered to whatever is asked.
    pub(crate) answer: Option<(u16, String)>,
    /// What is answered to a submission, which is then not taken.
    pub(crate) refusal: Option<(u16, String)>,
    /// Jobs are taken, and that is not answered.
    pub(crate) loses_answers: bool,
}

pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) ray: Arc<Mutex<Ray>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let ray = Arc::<Mutex<Ray>>::default();
        let shared = ray.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, ray) = (stream.unwrap(), shared.clone());
                thread::spawn(move || serve(&stream, &ray));
            }
        });
        Self { address, ray }
    }

    /// Has all jobs end in a state, with their processes.
    pub(crate) fn strike(&self, status: &str, error: &str) {
        for (child, state) in self.ray.lock().unwrap().jobs.values_mut() {
            kill(child);
            *state = Some((status.into(), error.into()));
        }
    }

    /// Forgets all jobs, as a head that is started again.
    pub(crate) fn forget(&self) {
        self.strike("FAILED", "");
        self.ray.lock().unwrap().jobs.clear();
    }
}

fn kill(child: &mut Child) {
    let group = format!("-{}", child.id());
    Command::new("kill").args(["-s", "KILL", "--", &group]).stderr(Stdio::null()).status().unwrap();
    child.wait().unwrap();
}

/// Answers one request.
fn serve(stream: &TcpStream, ray: &Mutex<Ray>) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(number) = line.strip_prefix("content-length:") {
            length = number.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let Some((status, text)) = answer(method, path, &body, &mut ray.lock().unwrap()) else {
        return;
    };
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    // Whoever asked may be gone.
    let mut stream = stream;
    let _ = stream.write_all((head + &text).as_bytes());
}

fn answer(method: &str, path: &str, body: &[u8], ray: &mut Ray) -> Option<(u16, String)> {
    if let Some(answer) = &ray.answer {
        return Some(answer.clone());
    }
    let done = |value: Value| Some((200, value.to_string()));
    match (method, path) {
        ("GET", "/api/version") => done(json!({"version": "4", "ray_version": "2.60.0"})),
        ("GET", "/api/jobs/") => {
            ray.listings += 1;
            let rows = ray.jobs.iter_mut().map(|(id, (child, state))| {
                let mut running = || match child.try_wait().unwrap() {
                    None => ("RUNNING", ""),
                    Some(status) if status.success() => ("SUCCEEDED", ""),
                    Some(_) => ("FAILED", "JOB_ENTRYPOINT_COMMAND_ERROR"),
                };
                let (status, error) = match state {
                    Some((status, error)) => (status.as_str(), error.as_str()),
                    None => running(),
                };
                json!({"submission_id": id, "status": status, "error_type": error, "type": "SUBMISSION"})
            });
            let mut rows: Vec<_> = rows.collect();
            rows.push(json!({"submission_id": null, "status": "RUNNING", "type": "DRIVER"}));
            done(rows.into())
        }
        ("POST", "/api/jobs/") => {
            let request: Value = serde_json::from_slice(body).unwrap();
            ray.submissions.push(request.clone());
            if let Some(refusal) = &ray.refusal {
                return Some(refusal.clone());
            }
            let id = request["submission_id"].as_str().unwrap().to_owned();
            if ray.jobs.contains_key(&id) {
                return Some((
                    500,
                    format!("Traceback: Job with submission_id {id} already exists"),
                ));
            }
            let mut command = Command::new("/bin/sh");
            command.args(["-c", request["entrypoint"].as_str().unwrap()]).process_group(0);
            ray.jobs.insert(id.clone(), (command.spawn().unwrap(), None));
            if ray.loses_answers {
                return None;
            }
            done(json!({"job_id": id, "submission_id": id}))
        }
        ("POST", path) => {
            let id = path.strip_prefix("/api/jobs/")?.strip_suffix("/stop")?.to_owned();
            if let Some((child, state)) = ray.jobs.get_mut(&id) {
                kill(child);
                *state = Some(("STOPPED".into(), String::new()));
            }
            ray.stopped.push(id);
            done(json!({"stopped": true}))
        }
        _ => Some((404, "not here".into())),
    }
}
