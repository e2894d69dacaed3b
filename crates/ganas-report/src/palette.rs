//! Colours of charts. A picture contains them as attributes. A page also has style rules for the
//! CSS classes of the colours, with variants for dark screens.

use crate::chart::Colour;

/// The colours of series on white, in order. They are Okabe and Ito's, which can be told apart with
/// any type of colour vision. Black is left out, and dark brown replaces yellow, because yellow is
/// hard to see on white.
///
/// Source: Okabe and Ito, "Color universal design", 2008.
const SERIES: [&str; 7] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f6000"];

impl Colour {
    /// Returns the colour on white.
    pub(crate) fn on_white(self) -> &'static str {
        match self {
            Self::Series(place) => SERIES[place % SERIES.len()],
            Self::Ink => "#222222",
            Self::Muted => "#8a8a8a",
        }
    }

    /// Returns its class in a page's style rules.
    pub(crate) fn class(self) -> String {
        match self {
            Self::Series(place) => format!("s{}", place % SERIES.len()),
            Self::Ink => "ink".into(),
            Self::Muted => "muted".into(),
        }
    }
}
