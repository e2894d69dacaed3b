//! The examples of the README and of the book, as doc tests.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../docs/src/tutorials/crates.md")]
struct Crates;
