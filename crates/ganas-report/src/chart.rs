//! What a chart is: plain data, of which the page, the pictures and the tables of numbers are made.

/// A chart: axes and layers of marks.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Its name in files and links: lower-case words with `-` between.
    pub id: String,
    /// The title.
    pub title: String,
    /// What it shows and how to read it, in a sentence or two; for those who do not see it, too.
    pub text: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// What is drawn, the lowest first.
    pub layers: Vec<Layer>,
}

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What it measures, with the unit.
    pub label: String,
    /// How numbers become places.
    pub scale: Scale,
}

/// How numbers become places on an axis.
#[derive(Debug, Clone, PartialEq)]
pub enum Scale {
    /// Evenly, as far as the numbers go.
    Linear,
    /// By the logarithm; numbers of 0 or less are not drawn.
    Logarithmic,
    /// Names at 0, 1, 2, …, from the left or from the top.
    Names(Vec<String>),
    /// Evenly from 0 to 1, without ticks.
    Unit,
    /// Evenly between two numbers; what is beyond stands at the end.
    Between(f64, f64),
}

/// Marks that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// What the legend calls it; empty for none.
    pub name: String,
    /// Its colour.
    pub colour: Colour,
    /// Is it background to something else?
    pub faint: bool,
    /// What is drawn.
    pub marks: Marks,
}

/// A colour by its role, so that light, dark and paper each have their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// One of a set that people with any colour vision tell apart.
    Series(usize),
    /// That of text.
    Ink,
    /// That of what stands back.
    Muted,
}

/// What a mark stands for, as its reader is told.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A trial of the study, by its number.
    Trial(i64),
    /// Something that a text says.
    Text(String),
}

/// A point.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Its place from the left.
    pub x: f64,
    /// Its place from below; from the top among names.
    pub y: f64,
    /// What it stands for.
    pub what: What,
}

/// The shape of points, which tells them apart without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A disc.
    Disc,
    /// A circle, not filled.
    Ring,
    /// A cross.
    Cross,
    /// A triangle.
    Triangle,
    /// A square.
    Square,
    /// A diamond.
    Diamond,
}

/// A number with an interval around it, in a row or a column of names.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// The number's place across.
    pub row: f64,
    /// Lower end, number, upper end.
    pub at: [f64; 3],
    /// What it stands for.
    pub what: What,
}

/// A box plot.
#[derive(Debug, Clone, PartialEq)]
pub struct BoxPlot {
    /// Its centre, among names.
    pub at: f64,
    /// Half its width, where 1 is from name to name.
    pub half: f64,
    /// Least, lower quartile, median, upper quartile, largest.
    pub five: [f64; 5],
    /// What it stands for.
    pub what: What,
}

/// A stretch in a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The row.
    pub row: f64,
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// What it stands for.
    pub what: What,
}

/// A cell of a matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    /// Column, from 0.
    pub x: f64,
    /// Row, from 0.
    pub y: f64,
    /// How much of its colour it has, from 0 to 1.
    pub strength: f64,
    /// What is written in it.
    pub text: String,
    /// What it stands for.
    pub what: What,
}

/// A line through a place on each of several parallel axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Its height at 0, 1, 2, …, from 0 to 1.
    pub heights: Vec<f64>,
    /// What it stands for.
    pub what: What,
}

/// What a layer draws.
#[derive(Debug, Clone, PartialEq)]
pub enum Marks {
    /// A line from point to point.
    Line(Vec<(f64, f64)>),
    /// A line that keeps its height up to the next point.
    Steps(Vec<(f64, f64)>),
    /// What lies between two lines: place, lower and upper end.
    Band(Vec<[f64; 3]>),
    /// Points.
    Points(Shape, Vec<Point>),
    /// Numbers with intervals, from left to right.
    Intervals(Vec<Interval>),
    /// Bars from 0, in rows.
    Bars(Vec<Point>),
    /// Box plots.
    Boxes(Vec<BoxPlot>),
    /// Stretches in rows.
    Spans(Vec<Span>),
    /// The cells of a matrix.
    Tiles(Vec<Tile>),
    /// Lines over parallel axes.
    Paths(Vec<Path>),
    /// Words at places.
    Words(Vec<(f64, f64, String)>),
    /// A line across the whole chart at a height.
    Across(f64),
    /// A line from the bottom to the top at a place.
    Upright(f64),
}

impl Axis {
    /// An axis of numbers.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: Scale::Linear }
    }

    /// An axis of names.
    pub fn names(label: impl Into<String>, names: Vec<String>) -> Self {
        Self { label: label.into(), scale: Scale::Names(names) }
    }

    /// An axis of numbers, logarithmic where all are above 0 and the largest is over a hundred times the least.
    pub fn fitting(label: impl Into<String>, numbers: impl IntoIterator<Item = f64>) -> Self {
        let finite = numbers.into_iter().filter(|number| number.is_finite());
        let (least, most) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), it| {
            (least.min(it), most.max(it))
        });
        let is_wide = least > 0.0 && most > 100.0 * least;
        let scale = if is_wide { Scale::Logarithmic } else { Scale::Linear };
        Self { label: label.into(), scale }
    }
}

impl Layer {
    /// A layer.
    pub fn new(name: impl Into<String>, colour: Colour, marks: Marks) -> Self {
        Self { name: name.into(), colour, faint: false, marks }
    }

    /// The same, as background to something else.
    #[must_use]
    pub fn faint(mut self) -> Self {
        self.faint = true;
        self
    }
}

impl Marks {
    /// Is nothing drawn?
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Line(points) | Self::Steps(points) => points.is_empty(),
            Self::Band(points) => points.is_empty(),
            Self::Points(_, points) | Self::Bars(points) => points.is_empty(),
            Self::Intervals(all) => all.is_empty(),
            Self::Boxes(all) => all.is_empty(),
            Self::Spans(all) => all.is_empty(),
            Self::Tiles(all) => all.is_empty(),
            Self::Paths(all) => all.is_empty(),
            Self::Words(all) => all.is_empty(),
            Self::Across(_) | Self::Upright(_) => false,
        }
    }
}

impl Marks {
    /// The numbers that the horizontal axis has to reach.
    pub(crate) fn across(&self, all: &mut Vec<f64>) {
        match self {
            Self::Line(points) | Self::Steps(points) => all.extend(points.iter().map(|it| it.0)),
            Self::Band(points) => all.extend(points.iter().map(|it| it[0])),
            Self::Points(_, points) => all.extend(points.iter().map(|it| it.x)),
            Self::Bars(points) => all.extend(points.iter().flat_map(|it| [0.0, it.x])),
            Self::Intervals(intervals) => all.extend(intervals.iter().flat_map(|it| it.at)),
            Self::Spans(spans) => all.extend(spans.iter().flat_map(|it| [it.from, it.to])),
            Self::Upright(at) => all.push(*at),
            Self::Boxes(_) | Self::Tiles(_) | Self::Paths(_) | Self::Words(_) | Self::Across(_) => {
            }
        }
    }

    /// The numbers that the vertical axis has to reach.
    pub(crate) fn upwards(&self, all: &mut Vec<f64>) {
        match self {
            Self::Line(points) | Self::Steps(points) => all.extend(points.iter().map(|it| it.1)),
            Self::Band(points) => all.extend(points.iter().flat_map(|it| [it[1], it[2]])),
            Self::Points(_, points) => all.extend(points.iter().map(|it| it.y)),
            Self::Boxes(boxes) => all.extend(boxes.iter().flat_map(|it| it.five)),
            Self::Across(at) => all.push(*at),
            _ => {}
        }
    }
}
