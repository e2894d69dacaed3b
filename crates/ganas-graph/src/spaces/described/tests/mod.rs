//! Tests of described spaces.

mod both;
mod builtin;
mod hostile;
mod mistakes;
mod random;
