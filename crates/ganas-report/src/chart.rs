//! Charts as plain data. A report's page, pictures and tables of numbers are generated from these
//! charts.

/// A chart: axes and layers of marks.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// The chart's name in files and links: lower-case words joined by `-`.
    pub id: String,
    /// The title.
    pub title: String,
    /// One or two sentences that describe what the chart shows and how to read it. They are also
    /// the chart's alt text.
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
    /// The quantity that the axis shows, with its unit.
    pub label: String,
    /// The mapping of numbers to positions.
    pub scale: Scale,
}

/// The mapping of numbers to positions on an axis.
#[derive(Debug, Clone, PartialEq)]
pub enum Scale {
    /// A linear scale that covers the range of the numbers shown.
    Linear,
    /// A logarithmic scale. Numbers of 0 or less are not drawn.
    Logarithmic,
    /// Names instead of numbers. They are at the positions 0, 1, 2, …, counted from the left on a
    /// horizontal axis and from the top on a vertical axis.
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
    /// Whether the layer is drawn faintly, as a background for the other layers.
    pub faint: bool,
    /// The marks.
    pub marks: Marks,
}

/// A colour, named by its role. Light pages, dark pages and print each have their own palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// The colour with this index in the palette for data series. The palette has seven colours,
    /// which repeat for larger indices. All colours of this palette can be told apart with any type
    /// of colour vision.
    Series(usize),
    /// The colour of text.
    Ink,
    /// The colour of less important parts of a chart.
    Muted,
}

/// The meaning of a mark, which is shown to the reader of the chart.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// The study's trial with this number.
    Trial(i64),
    /// A description of what the mark stands for.
    Text(String),
}

/// A point.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The point's number on the horizontal axis.
    pub x: f64,
    /// The point's number on the vertical axis. If that axis shows names, it is the position of a
    /// name, counted from 0 at the top.
    pub y: f64,
    /// Its meaning.
    pub meaning: Meaning,
}

/// The shape of a layer's points. It makes the points of different layers distinguishable even
/// without colour.
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

/// A number and the interval around it, both drawn in one row of a chart whose vertical axis shows
/// names.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// The position of the row on the vertical axis.
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
    /// Half the width of the box, in units of the distance between adjacent names.
    pub half: f64,
    /// The five numbers that the box plot shows: the minimum, the lower quartile, the median, the
    /// upper quartile and the maximum, in this order.
    pub five: [f64; 5],
    /// Its meaning.
    pub meaning: Meaning,
}

/// A time span, drawn as a bar in a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The position of the row on the vertical axis.
    pub row: f64,
    /// Its start on the horizontal axis.
    pub from: f64,
    /// Its end on the horizontal axis.
    pub to: f64,
    /// Its meaning.
    pub meaning: Meaning,
}

/// A cell of a matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    /// Index of the column, counted from 0.
    pub x: f64,
    /// Index of the row, counted from 0.
    pub y: f64,
    /// The strength of the cell's colour, from 0 to 1.
    pub strength: f64,
    /// The text in the cell.
    pub text: String,
    /// Its meaning.
    pub meaning: Meaning,
}

/// A line across several parallel axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// The heights at which the line crosses the axes, in the order of the axes. Each height is
    /// from 0 to 1.
    pub heights: Vec<f64>,
    /// Its meaning.
    pub meaning: Meaning,
}

/// The marks of a layer.
#[derive(Debug, Clone, PartialEq)]
pub enum Marks {
    /// A line from point to point.
    Line(Vec<(f64, f64)>),
    /// A line in steps: it stays at the height of each point until the next point.
    Steps(Vec<(f64, f64)>),
    /// The area between two lines. Each entry holds three numbers: a horizontal position, the
    /// height of the lower line there, and the height of the upper line there.
    Band(Vec<[f64; 3]>),
    /// Points.
    Points(Shape, Vec<Point>),
    /// Numbers with the intervals around them, in rows.
    Intervals(Vec<Interval>),
    /// Horizontal bars that start at 0, one per row.
    Bars(Vec<Point>),
    /// Box plots.
    Boxes(Vec<BoxPlot>),
    /// Time spans, in rows.
    Spans(Vec<Span>),
    /// The cells of a matrix.
    Tiles(Vec<Tile>),
    /// Lines across parallel axes.
    Paths(Vec<Path>),
    /// Pieces of text, each with the horizontal and the vertical position at which it is written.
    Words(Vec<(f64, f64, String)>),
    /// A horizontal line across the whole chart.
    HorizontalLine(f64),
    /// A vertical line across the whole chart.
    VerticalLine(f64),
}

impl Axis {
    /// Creates a numeric axis with a linear scale.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: Scale::Linear }
    }

    /// Creates an axis of names.
    pub fn names(label: impl Into<String>, names: Vec<String>) -> Self {
        Self { label: label.into(), scale: Scale::Names(names) }
    }

    /// Creates an axis whose scale suits the given numbers. The scale is logarithmic if all of the
    /// numbers are above 0 and the largest is more than a hundred times the smallest. Otherwise, it
    /// is linear.
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

    /// Returns this layer, marked to be drawn faintly as a background for the other layers.
    #[must_use]
    pub fn faint(mut self) -> Self {
        self.faint = true;
        self
    }
}

impl Marks {
    /// Returns true if there are no marks to draw.
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
