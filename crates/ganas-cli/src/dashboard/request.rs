//! Requests to the dashboard, and the checks of where they come from.

use std::fmt;

use ganas::search::TrialId;
use tiny_http::{Method, Request};

/// A valid request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// The list of studies.
    List,
    /// A study's page.
    Page(usize),
    /// A study's stamp, which tells whether the study has changed.
    Stamp(usize),
    /// The end of a trial's log.
    Log(usize, TrialId),
}

/// The reason for rejecting a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The request names another host: a foreign page may have directed a browser here.
    Host(String),
    /// The request comes from a foreign page.
    Origin(String),
    /// The request asks for a change.
    Method(String),
    /// The requested page does not exist.
    Unknown(String),
}

impl Asked {
    /// Returns what a request to the dashboard at `port` asks for.
    pub(super) fn of(request: &Request, port: u16) -> Result<Self, Refusal> {
        let header = |name: &'static str| {
            let found = request.headers().iter().find(|header| header.field.equiv(name));
            found.map(|header| header.value.as_str())
        };
        check(header("Host"), header("Origin"), request.method(), port)?;
        Self::read(request.url()).ok_or_else(|| Refusal::Unknown(request.url().into()))
    }

    fn read(url: &str) -> Option<Self> {
        let path = url.split(['?', '#']).next()?;
        let mut words = path.split('/').skip(1);
        let (first, study, what) = (words.next()?, words.next(), words.next());
        let (trial, more) = (words.next(), words.next());
        match (first, study.map(str::parse::<usize>), what, trial, more) {
            ("", None, None, None, None) => Some(Self::List),
            ("study", Some(Ok(study)), None, None, None) => Some(Self::Page(study)),
            ("study", Some(Ok(study)), Some("stamp"), None, None) => Some(Self::Stamp(study)),
            ("study", Some(Ok(study)), Some("log"), Some(trial), None) => {
                Some(Self::Log(study, TrialId(trial.parse().ok()?)))
            }
            _ => None,
        }
    }
}

/// Rejects requests that a foreign page could make a browser send, and requests for changes.
fn check(
    host: Option<&str>,
    origin: Option<&str>,
    method: &Method,
    port: u16,
) -> Result<(), Refusal> {
    let own = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{port}"));
    let host = host.unwrap_or_default();
    if !own.iter().any(|own| own == host) {
        return Err(Refusal::Host(host.into()));
    }
    let is_own = |origin: &&str| own.iter().any(|own| format!("http://{own}") == **origin);
    if let Some(origin) = origin.filter(|origin| !is_own(origin)) {
        return Err(Refusal::Origin(origin.into()));
    }
    if !matches!(method, Method::Get | Method::Head) {
        return Err(Refusal::Method(method.to_string()));
    }
    Ok(())
}

impl Refusal {
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Host(_) | Self::Origin(_) => 403,
            Self::Method(_) => 405,
            Self::Unknown(_) => 404,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(found) => write!(
                formatter,
                "expected a request to 127.0.0.1 or localhost with the dashboard's port, found one to `{found}`"
            ),
            Self::Origin(found) => {
                write!(
                    formatter,
                    "expected a request from the dashboard's own pages, found one from {found}"
                )
            }
            Self::Method(found) => {
                write!(formatter, "expected GET, because the dashboard is read-only, found {found}")
            }
            Self::Unknown(found) => {
                write!(formatter, "there is no page {found}; the start page (/) lists all studies")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_hosts_and_origins_are_refused() {
        let check = |host, origin| check(host, origin, &Method::Get, 80);
        assert_eq!(check(Some("127.0.0.1:80"), None), Ok(()));
        assert_eq!(check(Some("localhost:80"), Some("http://localhost:80")), Ok(()));
        for host in [None, Some("evil.example"), Some("127.0.0.1"), Some("127.0.0.1:81")] {
            assert!(matches!(check(host, None), Err(Refusal::Host(_))), "{host:?}");
        }
        for origin in ["http://evil.example", "null", "https://127.0.0.1:80"] {
            let found = check(Some("127.0.0.1:80"), Some(origin));
            assert!(matches!(found, Err(Refusal::Origin(_))), "{origin}");
        }
        let post = super::check(Some("127.0.0.1:80"), None, &Method::Post, 80);
        assert!(matches!(post, Err(Refusal::Method(_))));
    }

    #[test]
    fn addresses_are_read() {
        assert_eq!(Asked::read("/"), Some(Asked::List));
        assert_eq!(Asked::read("/study/2?x"), Some(Asked::Page(2)));
        assert_eq!(Asked::read("/study/2/stamp"), Some(Asked::Stamp(2)));
        assert_eq!(Asked::read("/study/2/log/-1"), Some(Asked::Log(2, TrialId(-1))));
        for wrong in ["", "/x", "/study", "/study/../x", "/study/1/log", "/study/1/log/2/3", "//"] {
            assert_eq!(Asked::read(wrong), None, "{wrong}");
        }
    }
}
