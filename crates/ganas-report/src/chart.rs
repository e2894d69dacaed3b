//! Charts as plain data, from which the page, the pictures and the tables of numbers are made.

/// A chart: axes and layers of marks.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// The chart's name in files and links: lower-case words joined by `-`.
    pub id: String,
    /// The title.
    pub title: String,
    /// A description of the chart and how to read it, in a sentence or two. It is also the chart's
    /// alt text.
    pub text: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The layers, drawn in order from bottom to top.
    pub layers: Vec<Layer>,
}

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The measured quantity, with its unit.
    pub label: String,
    /// The mapping of numbers to positions.
    pub scale: Scale,
}

/// The mapping of numbers to positions on an axis.
#[derive(Debug, Clone, PartialEq)]
pub enum Scale {
    /// A linear scale over the range of the numbers.
    Linear,
    /// A logarithmic scale. Numbers of 0 or less are not drawn.
    Logarithmic,
    /// Names at positions 0, 1, 2, …, counted from the left or from the top.
    Names(Vec<String>),
    /// A linear scale from 0 to 1, without ticks.
    Unit,
    /// A linear scale between two numbers. Numbers outside this range are drawn at its ends.
    Between(f64, f64),
}

/// A group of related marks.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// The layer's name in the legend. A layer with an empty name is left out of the legend.
    pub name: String,
    /// Its colour.
    pub colour: Colour,
    /// Whether the layer is drawn faintly, as background.
    pub faint: bool,
    /// The marks.
    pub marks: Marks,
}

/// A colour, named by its role. Light pages, dark pages and print have separate palettes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// The colour with this index in the palette for data series. All colours of this palette can
    /// be told apart with any type of colour vision.
    Series(usize),
    /// The colour of text.
    Ink,
    /// The colour of less important parts of a chart.
    Muted,
}

/// The meaning of a mark, shown to the reader.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// The trial of the study with this number.
    Trial(i64),
    /// A description.
    Text(String),
}

/// A point.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Its horizontal position.
    pub x: f64,
    /// Its vertical position, counted from the bottom, or from the top on an axis of names.
    pub y: f64,
    /// Its meaning.
    pub meaning: Meaning,
}

/// The shape of points, to distinguish them without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A disc.
    Disc,
    /// An unfilled circle.
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

/// A number with a horizontal interval around it, in one row of an axis of names.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// The position of the row.
    pub row: f64,
    /// The lower end of the interval, the number itself and the upper end.
    pub at: [f64; 3],
    /// Its meaning.
    pub meaning: Meaning,
}

/// A box plot.
#[derive(Debug, Clone, PartialEq)]
pub struct BoxPlot {
    /// The position of the centre of the box on the axis of names.
    pub at: f64,
    /// Half the width of the box. The distance between adjacent names is 1.
    pub half: f64,
    /// The minimum, lower quartile, median, upper quartile and maximum, in this order.
    pub five: [f64; 5],
    /// Its meaning.
    pub meaning: Meaning,
}

/// A time span, drawn in a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The row.
    pub row: f64,
    /// Its start.
    pub from: f64,
    /// Its end.
    pub to: f64,
    /// Its meaning.
    pub meaning: Meaning,
}

/// A cell of a matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    /// Column, from 0.
    pub x: f64,
    /// Row, from 0.
    pub y: f64,
    /// The strength of its colour, from 0 to 1.
    pub strength: f64,
    /// The text in it.
    pub text: String,
    /// Its meaning.
    pub meaning: Meaning,
}

/// A line across several parallel axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// The heights, each from 0 to 1, at which the line crosses the axes, in the order of the axes.
    pub heights: Vec<f64>,
    /// Its meaning.
    pub meaning: Meaning,
}

/// The marks of a layer.
#[derive(Debug, Clone, PartialEq)]
pub enum Marks {
    /// A line from point to point.
    Line(Vec<(f64, f64)>),
    /// A line that stays at the same height up to the next point.
    Steps(Vec<(f64, f64)>),
    /// The area between two lines. Each entry holds a horizontal position and the heights of the
    /// lower and the upper line there.
    Band(Vec<[f64; 3]>),
    /// Points.
    Points(Shape, Vec<Point>),
    /// Numbers with horizontal intervals, in rows.
    Intervals(Vec<Interval>),
    /// Horizontal bars that start at 0, in rows.
    Bars(Vec<Point>),
    /// Box plots.
    Boxes(Vec<BoxPlot>),
    /// Time spans in rows.
    Spans(Vec<Span>),
    /// The cells of a matrix.
    Tiles(Vec<Tile>),
    /// Lines across parallel axes.
    Paths(Vec<Path>),
    /// Words, each at a position.
    Words(Vec<(f64, f64, String)>),
    /// A horizontal line across the whole chart.
    HorizontalLine(f64),
    /// A vertical line across the whole chart.
    VerticalLine(f64),
}

impl Axis {
    /// Creates an axis of numbers with a linear scale.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: Scale::Linear }
    }

    /// Creates an axis of names.
    pub fn names(label: impl Into<String>, names: Vec<String>) -> Self {
        Self { label: label.into(), scale: Scale::Names(names) }
    }

    /// Creates an axis whose scale suits the given numbers: logarithmic if all are above 0 and the
    /// largest is more than a hundred times the smallest, otherwise linear.
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
    /// Creates a layer.
    pub fn new(name: impl Into<String>, colour: Colour, marks: Marks) -> Self {
        Self { name: name.into(), colour, faint: false, marks }
    }

    /// Makes the layer faint, as background for the others.
    #[must_use]
    pub fn faint(mut self) -> Self {
        self.faint = true;
        self
    }
}

impl Marks {
    /// Returns true if there is nothing to draw.
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
            Self::HorizontalLine(_) | Self::VerticalLine(_) => false,
        }
    }
}

impl Marks {
    /// Appends the numbers that the horizontal axis must cover.
    pub(crate) fn across(&self, all: &mut Vec<f64>) {
        match self {
            Self::Line(points) | Self::Steps(points) => all.extend(points.iter().map(|it| it.0)),
            Self::Band(points) => all.extend(points.iter().map(|it| it[0])),
            Self::Points(_, points) => all.extend(points.iter().map(|it| it.x)),
            Self::Bars(points) => all.extend(points.iter().flat_map(|it| [0.0, it.x])),
            Self::Intervals(intervals) => all.extend(intervals.iter().flat_map(|it| it.at)),
            Self::Spans(spans) => all.extend(spans.iter().flat_map(|it| [it.from, it.to])),
            Self::VerticalLine(at) => all.push(*at),
            Self::Boxes(_)
            | Self::Tiles(_)
            | Self::Paths(_)
            | Self::Words(_)
            | Self::HorizontalLine(_) => {}
        }
    }

    /// Appends the numbers that the vertical axis must cover.
    pub(crate) fn upwards(&self, all: &mut Vec<f64>) {
        match self {
            Self::Line(points) | Self::Steps(points) => all.extend(points.iter().map(|it| it.1)),
            Self::Band(points) => all.extend(points.iter().flat_map(|it| [it[1], it[2]])),
            Self::Points(_, points) => all.extend(points.iter().map(|it| it.y)),
            Self::Boxes(boxes) => all.extend(boxes.iter().flat_map(|it| it.five)),
            Self::HorizontalLine(at) => all.push(*at),
            _ => {}
        }
    }
}
