//! A report's page, and figures made from the same charts.

mod data;
mod drawings;
mod index;
mod parts;

use std::collections::HashSet;

pub use self::index::{Listed, list_page, message_page};
use crate::chart::Chart;
use crate::markup::Markup;
use crate::study::{Study, TrialRows};
use crate::svg::{Use, draw};
use crate::{Comparison, Error, chart_csv};

/// A report as a sequence of parts.
#[derive(Debug)]
pub struct Report {
    /// The title.
    pub title: String,
    /// Its parts.
    pub parts: Vec<Part>,
}

/// A part of a report.
#[derive(Debug)]
pub enum Part {
    /// A study.
    Study(Box<Study>),
    /// A comparison of strategies.
    Comparison(Comparison),
}

/// Additional data for a page that is updated while studies run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// The address that the page polls for changes. It must return a text that differs whenever the
    /// page has changed.
    pub stamp: String,
    /// The address of the trials' logs. To get the log of one trial, the page appends the number of
    /// the trial to this address.
    pub logs: String,
    /// Other pages to link to: the address and the name of each.
    pub others: Vec<(String, String)>,
}

/// A chart as two files: a picture, and the numbers that it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The file name, without the extension, that the picture and the numbers share.
    pub name: String,
    /// The picture.
    pub svg: String,
    /// Its numbers.
    pub csv: String,
}

/// Content policy: only resources in the page itself may be loaded. A live page may also fetch from
/// its own server.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

impl Report {
    /// Returns the whole page as HTML. If `live` is given, the page polls for changes.
    pub fn page(&self, live: Option<&Live>) -> String {
        let mut markup = Markup::default();
        let policy = POLICY.to_owned() + if live.is_some() { "; connect-src 'self'" } else { "" };
        markup.raw("<!doctype html>\n").open("html", &[("lang", "en")]).raw("<head>");
        markup.raw("<meta charset=\"utf-8\">");
        markup.open("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy)]);
        markup.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        markup.raw("<meta name=\"color-scheme\" content=\"light dark\">");
        markup.element("title", &[], &self.title);
        markup.raw("<style>").raw(include_str!("page.css")).raw("</style></head>");
        let asked = live.map_or("", |live| live.stamp.as_str());
        let logs = live.map_or("", |live| live.logs.as_str());
        markup.open("body", &[("data-stamp", asked), ("data-logs", logs)]);
        self.header(&mut markup, live);
        markup.open("main", &[]);
        let mut all = Vec::new();
        for (place, part) in self.parts.iter().enumerate() {
            let heading = (self.parts.len() > 1).then(|| part.name());
            all.push(part.write(&mut markup, place, heading));
        }
        markup.close("main");
        markup.raw(PANEL).raw(drawings::ARROW);
        markup.raw("<script type=\"application/json\" id=\"data\">");
        markup.json(&serde_json::Value::Array(all)).raw("</script>");
        markup.raw("<script>").raw(include_str!("page.js")).raw("</script></body></html>\n");
        markup.finish()
    }

    fn header(&self, markup: &mut Markup, live: Option<&Live>) {
        markup.raw("<header>").element("h1", &[], &self.title);
        let made = format!("Made by ganas {}.", env!("CARGO_PKG_VERSION"));
        markup.element("p", &[("class", "note")], &made);
        if self.parts.len() > 1 {
            markup.open("nav", &[("aria-label", "Parts")]);
            for (place, part) in self.parts.iter().enumerate() {
                let to = format!("#part-{place}");
                markup.element("a", &[("href", &to)], part.name()).raw(" ");
            }
            markup.close("nav");
        }
        if let Some(live) = live.filter(|live| !live.others.is_empty()) {
            markup.open("nav", &[("aria-label", "Studies")]);
            for (to, name) in &live.others {
                markup.element("a", &[("href", to)], name).raw(" ");
            }
            markup.close("nav");
        }
        markup.raw("</header>");
    }

    /// Returns each chart as a picture, together with the numbers that the picture shows.
    ///
    /// # Errors
    /// [`Error::Numbers`] if the numbers of a chart cannot be written as CSV.
    pub fn figures(&self) -> Result<Vec<Figure>, Error> {
        let (mut figures, mut taken) = (Vec::new(), HashSet::new());
        for part in &self.parts {
            let prefix = match self.parts.len() {
                1 => String::new(),
                _ => format!("{}-", crate::study::file_name(part.name())),
            };
            for chart in part.charts() {
                let mut name = format!("{prefix}{}", chart.id);
                while !taken.insert(name.clone()) {
                    name.push('x');
                }
                let numbers = chart_csv::csv(&chart);
                let wrong = |source| Error::Numbers { chart: name.clone(), source };
                let csv = numbers.map_err(wrong)?;
                figures.push(Figure { name, svg: draw(&chart, Use::File), csv });
            }
        }
        Ok(figures)
    }
}

impl Part {
    /// Returns the display name of the study or comparison.
    pub fn name(&self) -> &str {
        match self {
            Self::Study(study) => &study.name,
            Self::Comparison(comparison) => &comparison.name,
        }
    }

    fn charts(&self) -> Vec<Chart> {
        match self {
            Self::Study(study) => {
                let seen = TrialRows::of(study);
                crate::study::sections(study, &seen).into_iter().flat_map(|it| it.charts).collect()
            }
            Self::Comparison(comparison) => comparison.charts(),
        }
    }
}

/// The panel of the chosen trial, the tooltip, and the tooltip's text for screen readers.
const PANEL: &str = "<aside id=\"panel\" aria-label=\"Chosen trial\" tabindex=\"-1\" hidden>\
    <button id=\"close\" type=\"button\">Close</button><div id=\"chosen\"></div></aside>\
    <div id=\"tip\" aria-hidden=\"true\" hidden></div>\
    <div id=\"told\" class=\"unseen\" role=\"status\" aria-live=\"polite\"></div>";
