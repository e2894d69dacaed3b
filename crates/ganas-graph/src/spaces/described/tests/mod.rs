//! Tests of described spaces.

mod both;
mod builtin;
mod by_name;
mod hostile;
mod mistakes;
mod random;
