//! The unreleased part of the changelog.

use std::fs;

use anyhow::{Context, Result};

use crate::process::root;

/// Returns true if CHANGELOG.md declares, under "Results changed" of "Unreleased", that
/// `strategy`'s results changed.
pub(crate) fn declares(strategy: &str) -> Result<bool> {
    let path = root().join("CHANGELOG.md");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    Ok(results_changed(&text).any(|line| line.contains(&format!("`{strategy}`"))))
}

/// Returns the lines under the heading "Results changed" of the part "Unreleased".
fn results_changed(changelog: &str) -> impl Iterator<Item = &str> {
    let unreleased = changelog.lines().skip_while(|line| !line.starts_with("## [Unreleased]"));
    let unreleased = unreleased.skip(1).take_while(|line| !line.starts_with("## "));
    let changed = unreleased.skip_while(|line| *line != "### Results changed").skip(1);
    changed.take_while(|line| !line.starts_with("### "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_unreleased_counts() {
        let text = "# Changelog\n## [Unreleased]\n### Added\n- `a`\n### Results changed\n- `b`: why\n### Fixed\n- `c`\n## [0.1.0]\n### Results changed\n- `d`\n";
        assert_eq!(results_changed(text).collect::<Vec<_>>(), ["- `b`: why"]);
        let none = "## [Unreleased]\n## [0.1.0]\n### Results changed\n- `d`\n";
        assert_eq!(results_changed(none).count(), 0);
    }
}
