//! Diagnostic logging of the libraries on stderr.

use std::env;
use std::io::Write;

use crate::output::{plain, stamp};

/// The environment variable that selects what is logged, with values such as `debug` or
/// `ganas_exec=trace`.
pub(crate) const VARIABLE: &str = "GANAS_LOG";

/// The default filter: only warnings of the engines, which say why an engine keeps a study waiting.
const WARNINGS: &str = "off,ganas_exec::engine=warn,ganas_exec::slurm=warn,ganas_exec::ray=warn";

/// Returns true if more detailed records than warnings are logged.
pub(crate) fn is_detailed() -> bool {
    log::max_level() > log::LevelFilter::Warn
}

/// Starts logging as `GANAS_LOG` specifies. Each record begins on a new line, with the time.
pub(crate) fn start() {
    let filter = env::var(VARIABLE).unwrap_or_else(|_| WARNINGS.into());
    let mut builder = env_logger::Builder::new();
    builder.parse_filters(&filter).format(|buffer, record| {
        let (time, level, text) = (stamp(), record.level(), record.args().to_string());
        writeln!(buffer, "{time} {level} {}: {}", record.target(), plain(&text))
    });
    builder.init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_is_told_is_no_detail() {
        start();
        assert!(env::var(VARIABLE).is_ok() || !is_detailed(), "a terminal has its bar");
    }
}
