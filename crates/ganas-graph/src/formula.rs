//! Arithmetic that users write: numbers, `+ - * / ^`, parentheses, functions and names.
//!
//! ```
//! use ganas_graph::formula::{Formula, Name};
//! let formula = Formula::parse("max(2 * width ^ 2, count('conv')) / 4", &mut |name| match name {
//!     Name::Variable("width") => Ok(0),
//!     Name::Call("count", ["conv"]) => Ok(1),
//!     _ => Err("`width` or `count('conv')`".into()),
//! })?;
//! assert_eq!(formula.value(&[3.0, 40.0]), 10.0);
//! # Ok::<(), ganas_graph::formula::FormulaError>(())
//! ```
//!
//! `^` binds tightest and to the right, so `-2 ^ 2` is −4. A value that does not exist, such as 1 / 0,
//! is infinite or NaN, as in all arithmetic of floats.

use std::ops::Range;

use thiserror::Error;

mod lexer;
mod parser;

/// Most bytes of a formula.
pub const MAX_LENGTH: usize = 4_096;

/// How deeply parentheses and signs may be nested.
pub const MAX_DEPTH: usize = 64;

/// A formula whose names are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula(Node);

/// A name in a formula, which its user has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name<'t> {
    /// A bare name, such as `width`.
    Variable(&'t str),
    /// A name with texts, such as `count('conv')`.
    Call(&'t str, &'t [&'t str]),
}

/// Why a text is not a formula.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected {expected}, found {found}")]
pub struct FormulaError {
    /// The bytes of the formula that are wrong.
    pub range: Range<usize>,
    /// What is asked for there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl Formula {
    /// Reads `text`; `resolve` gives the number of the variable that a name stands for, or says what
    /// was expected.
    ///
    /// # Errors
    /// [`FormulaError`] for anything that is not a formula, for a name that `resolve` refuses, and
    /// beyond [`MAX_LENGTH`] or [`MAX_DEPTH`].
    pub fn parse(
        text: &str,
        resolve: &mut dyn FnMut(Name<'_>) -> Result<usize, String>,
    ) -> Result<Self, FormulaError> {
        parser::parse(text, resolve).map(Self)
    }

    /// The formula that is one variable.
    pub const fn variable(index: usize) -> Self {
        Self(Node::Variable(index))
    }

    /// The value where variable `i` is `variables[i]`.
    ///
    /// # Panics
    /// If there are fewer variables than `resolve` gave numbers.
    pub fn value(&self, variables: &[f64]) -> f64 {
        self.0.value(variables)
    }

    /// Does variable `index` stand in it?
    pub fn names(&self, index: usize) -> bool {
        self.0.names(&|variable| variable == index)
    }

    /// Is it written as a sum of variables times whole numbers from 0, where the first variables have the
    /// values of `constants`? Then it never falls as variables grow; and where those are whole numbers and
    /// the value is at most 2⁵³, that is exact.
    pub fn is_weighted_sum(&self, constants: &[f64]) -> bool {
        self.0.is_weighted_sum(constants)
    }
}

/// Is it a whole number from 0 to 2⁵³? Up to there, sums of such numbers are exact.
pub(crate) fn is_whole(number: f64) -> bool {
    (0.0..=9_007_199_254_740_992.0).contains(&number) && number.fract() <= 0.0
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Number(f64),
    Variable(usize),
    Negative(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Min,
    Max,
    Ceil,
    Floor,
    Round,
}

impl Node {
    fn value(&self, variables: &[f64]) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Variable(index) => variables[*index],
            Self::Negative(inner) => -inner.value(variables),
            Self::Binary(operator, left, right) => {
                operator.apply(left.value(variables), right.value(variables))
            }
            Self::Call(function, arguments) => {
                function.apply(arguments.iter().map(|argument| argument.value(variables)))
            }
        }
    }
}

impl Node {
    fn names(&self, is_it: &dyn Fn(usize) -> bool) -> bool {
        match self {
            Self::Number(_) => false,
            Self::Variable(index) => is_it(*index),
            Self::Negative(inner) => inner.names(is_it),
            Self::Binary(_, left, right) => left.names(is_it) || right.names(is_it),
            Self::Call(_, arguments) => arguments.iter().any(|argument| argument.names(is_it)),
        }
    }

    fn is_weighted_sum(&self, constants: &[f64]) -> bool {
        let whole_constant = |node: &Self| {
            let is_constant = !node.names(&|index| index >= constants.len());
            is_constant && is_whole(node.value(constants))
        };
        let is_sum = |node: &Self| node.is_weighted_sum(constants);
        match self {
            Self::Variable(index) if *index >= constants.len() => true,
            Self::Binary(Operator::Add, left, right) => is_sum(left) && is_sum(right),
            Self::Binary(Operator::Multiply, left, right) if !whole_constant(self) => {
                whole_constant(left) && is_sum(right) || is_sum(left) && whole_constant(right)
            }
            other => whole_constant(other),
        }
    }
}

impl Operator {
    fn apply(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Power => left.powf(right),
        }
    }
}

impl Function {
    const ALL: [(&'static str, Self); 5] = [
        ("min", Self::Min),
        ("max", Self::Max),
        ("ceil", Self::Ceil),
        ("floor", Self::Floor),
        ("round", Self::Round),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
    }

    /// Does it take one argument only?
    fn is_unary(self) -> bool {
        !matches!(self, Self::Min | Self::Max)
    }

    fn apply(self, arguments: impl Iterator<Item = f64>) -> f64 {
        let combine: fn(f64, f64) -> f64 = match self {
            Self::Max => f64::max,
            _ => f64::min,
        };
        let value = arguments.reduce(combine).unwrap_or(f64::NAN);
        match self {
            Self::Min | Self::Max => value,
            Self::Ceil => value.ceil(),
            Self::Floor => value.floor(),
            Self::Round => value.round(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(text: &str) -> Result<f64, FormulaError> {
        let formula = Formula::parse(text, &mut |name| match name {
            Name::Variable("x") => Ok(0),
            Name::Call("count", ["a-b", "c"]) => Ok(1),
            _ => Err("`x`".into()),
        })?;
        Ok(formula.value(&[5.0, 7.0]))
    }

    #[test]
    fn precedence_is_that_of_mathematics() {
        for (text, expected) in [
            ("1 + 2 * 3", 7.0),
            ("(1 + 2) * 3", 9.0),
            ("2 ^ 3 ^ 2", 512.0),
            ("-2 ^ 2", -4.0),
            ("2 ^ -1", 0.5),
            ("10 - 4 - 3", 3.0),
            ("24 / 4 / 2", 3.0),
            ("- - 3", 3.0),
            ("1.5e3 + .5", 1500.5),
            ("x * 2", 10.0),
            ("count('a-b', \"c\") + 1", 8.0),
            ("min(3, x, 4) + max(1, 2)", 5.0),
            ("ceil(1.2) + floor(1.8) + round(0.4)", 3.0),
        ] {
            let found = value(text).unwrap();
            assert!((found - expected).abs() < 1e-12, "{text}: {found}");
        }
    }

    #[test]
    fn weighted_sums_are_told_from_other_formulas() {
        let formula = |text: &str| {
            let resolve = &mut |name: Name<'_>| match name {
                Name::Variable("constant") => Ok(0),
                Name::Variable("half") => Ok(1),
                Name::Variable("x") => Ok(2),
                _ => Ok(3),
            };
            Formula::parse(text, resolve).unwrap()
        };
        let is_sum = |text: &str| formula(text).is_weighted_sum(&[7.0, 0.5]);
        for text in [
            "x",
            "constant",
            "3 + 2 * x + count('c') * constant",
            "(2 * half) * (x + 4)",
            "2 * half * x",
            "2 ^ 3 * x + max(1, constant)",
        ] {
            assert!(is_sum(text), "{text}");
        }
        for text in
            ["half * x", "half * x * 2", "x - 1", "-x", "x / 2", "x ^ 2", "x * x", "min(x, 3)"]
        {
            assert!(!is_sum(text), "{text}");
        }
        assert!(!is_sum("half") && !is_sum("-1 * x") && !is_sum("x + 1 / 0"));
        assert!(formula("1 + max(x, 2)").names(2) && !formula("1 + max(x, 2)").names(3));
    }

    #[test]
    fn wrong_text_names_its_place() {
        let error = |text: &str| {
            let error = value(text).unwrap_err();
            format!("{:?} {error}", error.range)
        };
        assert_eq!(error("1 + "), "4..4 expected a number, a name or `(`, found the end");
        assert_eq!(error("1 2"), "2..3 expected an operator or the end, found `2`");
        assert_eq!(error("(1"), "2..2 expected `)`, found the end");
        assert_eq!(error("3 + why"), "4..7 expected `x`, found `why`");
        assert_eq!(error("ceil(1, 2)"), "6..7 expected `)`, found `,`");
        assert_eq!(error("count('a'"), "9..9 expected `,` or `)`, found the end");
        assert_eq!(error("1 $ 2"), "2..3 expected a number, a name or an operator, found `$`");
        assert_eq!(error("count('a"), "6..8 expected a text that ends with `'`, found `'a`");
        assert!(error(&"(".repeat(1_000)).contains("at most 64"));
        assert!(error(&"-".repeat(1_000)).contains("at most 64"));
        assert!(error(&"2^".repeat(1_000)).contains("at most 64"));
        assert!(error(&"1+".repeat(10_000)).contains("at most 4096 bytes"));
    }

    proptest! {
        #[test]
        fn any_text_is_no_panic(text in "[-+*/^()0-9.exa-z_,'\" ]{0,60}|\\PC{0,20}") {
            if let Err(error) = value(&text) {
                prop_assert!(error.range.end <= text.len());
                prop_assert!(text.get(error.range).is_some());
            }
        }
    }
}
