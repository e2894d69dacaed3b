//! Tests of described spaces.

mod both;
mod by_name;
mod builtin;
mod hostile;
mod mistakes;
mod random;
