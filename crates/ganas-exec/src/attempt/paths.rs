//! The paths of an attempt that are passed to its command.

use super::files::utf8;
use super::folders::Attempt;
use crate::error::ExecError;

/// The paths of the request, result, reports and folder: for each its placeholder, its environment
/// variable and the path.
#[derive(Debug)]
pub(crate) struct Paths([(&'static str, &'static str, String); 4]);

impl Paths {
    /// Returns the paths of an attempt.
    ///
    /// # Errors
    /// [`ExecError::NotUtf8`].
    pub(crate) fn of(attempt: &Attempt) -> Result<Self, ExecError> {
        Ok(Self([
            ("{request}", "GANAS_REQUEST", utf8(&attempt.request())?.into()),
            ("{result}", "GANAS_RESULT", utf8(&attempt.result())?.into()),
            ("{progress}", "GANAS_PROGRESS", utf8(&attempt.progress())?.into()),
            ("{trial_dir}", "GANAS_TRIAL_DIR", utf8(&attempt.folder)?.into()),
        ]))
    }

    /// Replaces each placeholder in the argument by its path. Replaced text is not scanned again.
    pub(crate) fn fill(&self, argument: &str) -> String {
        let (mut filled, mut rest) = (String::with_capacity(argument.len()), argument);
        while let Some(brace) = rest.find('{') {
            filled.push_str(&rest[..brace]);
            rest = &rest[brace..];
            let known = self.0.iter().find(|(placeholder, ..)| rest.starts_with(placeholder));
            let (taken, text) =
                known.map_or((1, "{"), |(placeholder, _, path)| (placeholder.len(), path));
            filled.push_str(text);
            rest = &rest[taken..];
        }
        filled + rest
    }

    /// Returns the environment variables that hold them.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(_, variable, path)| (*variable, path.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_stand_for_paths() {
        let paths = Paths([
            ("{request}", "", "/a/{result}".into()),
            ("{result}", "", "/r".into()),
            ("{progress}", "", "/p".into()),
            ("{trial_dir}", "", "/t".into()),
        ]);
        assert_eq!(paths.fill("--in={request}"), "--in=/a/{result}");
        assert_eq!(paths.fill("{trial_dir}/{result}{"), "/t//r{");
        assert_eq!(paths.fill("{\"a\": {}}"), "{\"a\": {}}");
    }
}
