//! What there is to see of architecture searches: charts of studies and of comparisons, as one page that
//! stands alone and as pictures for papers.
//!
//! A [`Chart`](chart::Chart) is plain data; the page, the pictures and the tables of numbers are made of it.
//! Pictures are SVG that this crate writes itself, and the page adds a small script that tells of their marks.
//! [`ganas`](https://docs.rs/ganas) reads what is shown.
//!
#![doc = "<div>"]
#![doc = include_str!("../pictures/means.svg")]
#![doc = "</div>"]
//!
//! One of the charts of a comparison, as `ganas report --figures` writes it.

mod error;
mod markup;
mod number;
mod numbers;
mod palette;
mod scale;
mod svg;

mod comparison;
mod page;
mod study;

pub mod chart;
pub mod statistics;

pub use comparison::{Comparison, Difference, Mean, Run, Strategy, read as read_comparisons};
pub use error::Error;
pub use page::{Figure, Listed, Live, Part, Report, list_page, message_page};
pub use study::Study;

/// The examples of the README, as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
