//! Details for whoever looks for a fault: what the libraries log, on stderr.

use std::env;
use std::io::Write;

use crate::output::{plain, stamp};

/// The environment variable that says what is logged, such as `debug` or `ganas_exec=trace`.
pub(crate) const VARIABLE: &str = "GANAS_LOG";

/// What is logged unless that is set: what an engine keeps a study waiting for.
const WARNINGS: &str = "off,ganas_exec::engine=warn,ganas_exec::slurm=warn,ganas_exec::ray=warn";

/// Is more logged than the warnings that everybody gets?
pub(crate) fn is_detailed() -> bool {
    log::max_level() > log::LevelFilter::Warn
}

/// Logs what `GANAS_LOG` asks for, each record a line with its time.
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
