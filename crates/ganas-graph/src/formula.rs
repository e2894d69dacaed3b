//! Formulas for arithmetic and conditions in descriptions of search spaces. They consist of
//! numbers, `+ - * / ^`, comparisons, `and`, `or`, `not`, parentheses, functions and names.
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
//! `^` is right-associative and binds more tightly than all other operators, so `-2 ^ 2` is −4. The
//! other arithmetic operators have their usual precedence. Comparisons bind less tightly than all
//! arithmetic operators. `not` binds less tightly than comparisons, `and` less tightly than `not`,
//! and `or` least tightly. An expression without a defined value, such as 1 / 0, is infinite or
//! NaN, as usual in floating-point arithmetic. A true condition has the value 1, and a false one
//! has the value 0. These values may also be written `true` and `false`. The value of any
//! comparison with NaN is 0, even if the operator is `!=`. A string can only be an argument, as in
//! `count('conv')`, or be compared with a name by `==` or `!=`.

use std::cmp::Ordering;
use std::ops::Range;

use thiserror::Error;

mod lexer;
mod parser;
#[cfg(test)]
mod tests;

/// Maximum length of a formula in bytes.
pub const MAX_LENGTH: usize = 4_096;

/// Maximum depth to which parentheses, calls, signs and operands may be nested.
pub const MAX_DEPTH: usize = 64;

/// A parsed formula. Each name in it stands for a variable, which is identified by an index.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula(Node);

/// A name in a formula. The caller of [`Formula::parse`] decides which variable it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name<'t> {
    /// A bare name, such as `width`.
    Variable(&'t str),
    /// A name with string arguments, such as `count('conv')`.
    Call(&'t str, &'t [&'t str]),
    /// A name compared with a string, such as `optimiser == 'sgd'`. The variable for this
    /// comparison must be 1 if the name's value equals the string, 0 if it does not, and NaN if the
    /// name has no value. In a formula, a name that is not an identifier is written as
    /// `choice('NAME')`.
    Is(&'t str, &'t str),
}

/// A syntax error or an unknown name in a formula.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected {expected}, found {found}")]
pub struct FormulaError {
    /// The byte range of the mistake in the formula.
    pub range: Range<usize>,
    /// A description of the text that was expected in `range`.
    pub expected: String,
    /// The text that was found in `range`.
    pub found: String,
}

impl Formula {
    /// Parses `text`. For each name, `resolve` returns the index of the variable that the name
    /// stands for. To reject a name, it returns an error, which is a description of what was
    /// expected.
    ///
    /// # Errors
    /// [`FormulaError`] if `text` is not a formula, if `resolve` rejects a name, or if `text`
    /// exceeds [`MAX_LENGTH`] or [`MAX_DEPTH`].
    pub fn parse(
        text: &str,
        resolve: &mut dyn FnMut(Name<'_>) -> Result<usize, String>,
    ) -> Result<Self, FormulaError> {
        parser::parse(text, resolve).map(Self)
    }

    /// Creates a formula that consists of one number.
    pub(crate) const fn number(value: f64) -> Self {
        Self(Node::Number(value))
    }

    /// Creates a formula that consists of one variable.
    pub const fn variable(index: usize) -> Self {
        Self(Node::Variable(index))
    }

    /// Returns true if the formula holds as a condition, which means that its value is neither 0
    /// nor NaN. Variable `i` has the value `variables[i]`.
    ///
    /// # Panics
    /// If the formula contains a variable for which `variables` has no value.
    pub fn holds(&self, variables: &[f64]) -> bool {
        holds(self.value(variables))
    }

    /// Returns the numbers in the formula, together with their negatives.
    pub(crate) fn numbers(&self) -> Vec<f64> {
        let mut numbers = Vec::new();
        self.0.leaves(&mut |leaf| {
            if let Node::Number(number) = leaf {
                numbers.extend([*number, -number]);
            }
        });
        numbers
    }

    /// Returns the indices of the variables in the formula.
    pub(crate) fn variables(&self) -> Vec<usize> {
        self.0.variables()
    }

    /// Returns the value of the formula, where variable `i` has the value `variables[i]`.
    ///
    /// # Panics
    /// If the formula contains a variable for which `variables` has no value.
    pub fn value(&self, variables: &[f64]) -> f64 {
        self.0.value(variables)
    }

    /// Returns true if the formula contains variable `index`.
    pub(crate) fn names(&self, index: usize) -> bool {
        self.0.variables().contains(&index)
    }

    /// Returns true if the formula is written as a sum of variables times non-negative whole
    /// numbers. The first variables are constants, whose values are `constants`. Such a formula
    /// never decreases as its other variables grow. If these are whole numbers, the formula is
    /// exact as long as no value exceeds 2⁵³.
    pub(crate) fn is_weighted_sum(&self, constants: &[f64]) -> bool {
        self.0.is_weighted_sum(constants)
    }
}

/// Returns true for a whole number from 0 to 2⁵³. Sums of such numbers are exact if they do not
/// exceed 2⁵³.
pub(crate) fn is_whole(number: f64) -> bool {
    (0.0..=9_007_199_254_740_992.0).contains(&number) && number.fract() <= 0.0
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Number(f64),
    Variable(usize),
    Negative(Box<Node>),
    Not(Box<Node>),
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
    Compare(Comparison),
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
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
    fn variables(&self) -> Vec<usize> {
        let mut variables = Vec::new();
        self.leaves(&mut |leaf| {
            if let Self::Variable(place) = leaf {
                variables.push(*place);
            }
        });
        variables
    }

    fn leaves(&self, look: &mut dyn FnMut(&Self)) {
        match self {
            Self::Number(_) | Self::Variable(_) => look(self),
            Self::Negative(inner) | Self::Not(inner) => inner.leaves(look),
            Self::Binary(_, left, right) => {
                left.leaves(look);
                right.leaves(look);
            }
            Self::Call(_, arguments) => arguments.iter().for_each(|inner| inner.leaves(look)),
        }
    }

    fn value(&self, variables: &[f64]) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Variable(index) => variables[*index],
            Self::Negative(inner) => -inner.value(variables),
            Self::Not(inner) => truth(!holds(inner.value(variables))),
            Self::Binary(operator, left, right) => {
                operator.apply(left.value(variables), right.value(variables))
            }
            Self::Call(function, arguments) => {
                function.apply(arguments.iter().map(|argument| argument.value(variables)))
            }
        }
    }

    fn is_weighted_sum(&self, constants: &[f64]) -> bool {
        let whole_constant = |node: &Self| {
            let is_constant = node.variables().iter().all(|index| *index < constants.len());
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
            Self::Compare(comparison) => truth(comparison.holds(left, right)),
            Self::And => truth(holds(left) && holds(right)),
            Self::Or => truth(holds(left) || holds(right)),
        }
    }
}

impl Comparison {
    /// The two-character signs come first, so that the parser does not mistake `<=` for `<`.
    const ALL: [(&'static str, Self); 6] = [
        ("==", Self::Equal),
        ("!=", Self::Unequal),
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("<", Self::Less),
        (">", Self::More),
    ];

    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left.partial_cmp(&right).is_some_and(Ordering::is_eq),
            Self::Unequal => left.partial_cmp(&right).is_some_and(Ordering::is_ne),
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::More => left > right,
            Self::AtLeast => left >= right,
        }
    }
}

/// Returns true if `value` is neither 0 nor NaN.
fn holds(value: f64) -> bool {
    Comparison::Unequal.holds(value, 0.0)
}

fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
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

    /// Returns true if the function takes exactly one argument.
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
