//! A minimal HTTP client.

use std::io::ErrorKind;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

/// A client for one address.
#[derive(Debug)]
pub(super) struct Client {
    address: String,
    agent: Agent,
}

/// The outcome of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Response {
    /// The server answered.
    Received { status: u16, text: String },
    /// The server was unreachable, so it received no request.
    Unreached(String),
    /// The answer was lost, so the server may have carried out the request.
    Lost(String),
}

/// Time limit of a request.
const PATIENCE: Duration = Duration::from_secs(30);

/// Maximum size of an answer in bytes. It is large because a listing contains all jobs of a
/// cluster.
const MAX_BYTES: u64 = 1 << 28;

/// Maximum number of characters of an answer quoted in a message.
const SHOWN: usize = 300;

impl Client {
    pub(super) fn new(address: &str) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .proxy(None);
        let address = address.trim_end_matches('/').to_owned();
        Self { address, agent: config.build().into() }
    }

    pub(super) fn get(&self, path: &str) -> Response {
        answer(self.agent.get(format!("{}{path}", self.address)).call())
    }

    pub(super) fn post(&self, path: &str, request: &Value) -> Response {
        let post = self.agent.post(format!("{}{path}", self.address));
        answer(post.content_type("application/json").send(request.to_string()))
    }
}

fn answer(came: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Response {
    let said = |mut response: ureq::http::Response<ureq::Body>| {
        let status = response.status().as_u16();
        let text = response.body_mut().with_config().limit(MAX_BYTES).lossy_utf8(true);
        text.read_to_string().map(|text| Response::Received { status, text })
    };
    came.and_then(said).unwrap_or_else(|error| match &error {
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => {
            Response::Unreached(error.to_string())
        }
        ureq::Error::Io(source) if source.kind() == ErrorKind::ConnectionRefused => {
            Response::Unreached(error.to_string())
        }
        _ => Response::Lost(error.to_string()),
    })
}

impl Response {
    /// Returns the answer, shortened for a message.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Received { status, text } => {
                let words: Vec<_> = text.split_whitespace().collect();
                let text: String = words.join(" ").chars().take(SHOWN).collect();
                format!("status {status} with `{text}`")
            }
            Self::Unreached(said) | Self::Lost(said) => format!("no answer: {said}"),
        }
    }
}
