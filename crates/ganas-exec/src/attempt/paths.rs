//! The paths of an attempt that are passed to its command.

use super::files::utf8;
use super::folders::Attempt;
use crate::error::ExecError;

/// The placeholder, without its braces, and the environment variable of each path, in the order of
/// [`Paths`].
const NAMES: [(&str, &str); 4] = [
    ("request", "GANAS_REQUEST"),
    ("result", "GANAS_RESULT"),
    ("progress", "GANAS_PROGRESS"),
    ("trial_dir", "GANAS_TRIAL_DIR"),
];

/// The placeholders for paths, which are written in braces in a command's arguments.
pub(crate) const PLACEHOLDERS: [&str; 4] = [NAMES[0].0, NAMES[1].0, NAMES[2].0, NAMES[3].0];

/// The paths of an attempt's request, result, reports and folder.
#[derive(Debug)]
pub(crate) struct Paths([String; NAMES.len()]);

impl Paths {
    /// Returns the paths of an attempt.
    ///
    /// # Errors
    /// [`ExecError::NotUtf8`] if a path is not UTF-8.
    pub(crate) fn of(attempt: &Attempt) -> Result<Self, ExecError> {
        Ok(Self([
            utf8(&attempt.request())?.into(),
            utf8(&attempt.result())?.into(),
            utf8(&attempt.progress())?.into(),
            utf8(&attempt.folder)?.into(),
        ]))
    }

    /// Returns the argument with each placeholder replaced by its path. The inserted paths are not
    /// searched for placeholders.
    pub(crate) fn fill(&self, argument: &str) -> String {
        let (mut filled, mut rest) = (String::with_capacity(argument.len()), argument);
        while let Some(brace) = rest.find('{') {
            filled.push_str(&rest[..brace]);
            rest = &rest[brace + 1..];
            let after = |name| rest.strip_prefix(name)?.strip_prefix('}');
            let mut known = PLACEHOLDERS.into_iter().zip(&self.0);
            match known.find_map(|(name, path)| Some((path, after(name)?))) {
                Some((path, after)) => {
                    filled.push_str(path);
                    rest = after;
                }
                None => filled.push('{'),
            }
        }
        filled + rest
    }

    /// Returns the environment variables that contain the paths.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        NAMES.iter().zip(&self.0).map(|((_, variable), path)| (*variable, path.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_stand_for_paths() {
        let paths = Paths(["/a/{result}", "/r", "/p", "/t"].map(String::from));
        assert_eq!(paths.fill("--in={request}"), "--in=/a/{result}");
        assert_eq!(paths.fill("{trial_dir}/{result}{"), "/t//r{");
        assert_eq!(paths.fill("{{progress}}"), "{/p}");
        assert_eq!(paths.fill("{\"a\": {}}"), "{\"a\": {}}");
    }
}
