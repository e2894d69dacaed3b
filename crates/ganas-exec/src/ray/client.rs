//! HTTP, as much as is needed.

use std::io::ErrorKind;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

/// Speaks to one address.
#[derive(Debug)]
pub(super) struct Client {
    address: String,
    agent: Agent,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// Somebody answered.
    Said { status: u16, text: String },
    /// Nobody was there, and nothing was asked.
    Unreached(String),
    /// The answer is not known.
    Lost(String),
}

/// Longest time of a request.
const PATIENCE: Duration = Duration::from_secs(30);

/// Most bytes of an answer: a listing has all jobs of a cluster.
const MAX_BYTES: u64 = 1 << 28;

/// Most characters of an answer in a message.
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

    pub(super) fn get(&self, path: &str) -> Answer {
        answer(self.agent.get(format!("{}{path}", self.address)).call())
    }

    pub(super) fn post(&self, path: &str, request: &Value) -> Answer {
        let post = self.agent.post(format!("{}{path}", self.address));
        answer(post.content_type("application/json").send(request.to_string()))
    }
}

fn answer(came: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let said = |mut response: ureq::http::Response<ureq::Body>| {
        let status = response.status().as_u16();
        let text = response.body_mut().with_config().limit(MAX_BYTES).lossy_utf8(true);
        text.read_to_string().map(|text| Answer::Said { status, text })
    };
    came.and_then(said).unwrap_or_else(|error| match &error {
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => {
            Answer::Unreached(error.to_string())
        }
        ureq::Error::Io(source) if source.kind() == ErrorKind::ConnectionRefused => {
            Answer::Unreached(error.to_string())
        }
        _ => Answer::Lost(error.to_string()),
    })
}

impl Answer {
    /// As much of it as a message needs.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Said { status, text } => {
                let words: Vec<_> = text.split_whitespace().collect();
                let text: String = words.join(" ").chars().take(SHOWN).collect();
                format!("status {status} with `{text}`")
            }
            Self::Unreached(said) | Self::Lost(said) => format!("no answer: {said}"),
        }
    }
}
