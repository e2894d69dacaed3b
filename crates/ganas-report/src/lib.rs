//! Reports on architecture searches: charts of studies and of comparisons, as a single
//! self-contained page and as pictures for papers.
//!
//! A [`Chart`](chart::Chart) is plain data, from which the page, the pictures and the tables of
//! numbers are made. This crate writes the pictures as SVG. On the page, a small script shows a
//! tooltip for each mark, such as a point or a bar. The crate [`ganas`](https://docs.rs/ganas)
//! reads the folders of studies and comparisons.
//!
#![doc = "<div>"]
#![doc = include_str!("../pictures/means.svg")]
#![doc = "</div>"]
//!
//! One of the charts of a comparison, as `ganas report --figures` writes it.

mod chart_csv;
mod error;
mod markup;
mod number;
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
