//! Converts SVG to PDF and PNG with the fonts that are installed on the system.

use std::fmt::Display;

use krilla::Document;
use krilla::geom::Size;
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt, SvgSettings};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::Error;

/// Pixels of a PNG per pixel of the SVG.
const SCALE: f32 = 2.0;

/// A converter of SVG pictures to other formats.
#[derive(Debug)]
pub(super) struct Converter {
    options: Options<'static>,
}

impl Converter {
    /// Creates a converter with the system's fonts.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the system has no fonts.
    pub(super) fn new() -> Result<Self, Error> {
        let mut options = Options::default();
        options.fontdb_mut().load_system_fonts();
        if options.fontdb.is_empty() {
            return Err(Error::Unsupported(
                "expected an installed font for the text, such as DejaVu Sans or Liberation Sans, found none; install one, or write figures as SVG".into(),
            ));
        }
        // Substitute an available font for each font that is missing.
        let families = ["Helvetica", "Arial", "Liberation Sans", "DejaVu Sans"];
        let is_there = |name: &&str| {
            options.fontdb.faces().any(|face| face.families.iter().any(|it| it.0 == **name))
        };
        let found = families.into_iter().find(is_there).map(ToOwned::to_owned);
        let first = options.fontdb.faces().next().and_then(|face| face.families.first());
        let found = found.or_else(|| first.map(|it| it.0.clone())).unwrap_or_default();
        options.fontdb_mut().set_sans_serif_family(found);
        Ok(Self { options })
    }

    fn tree(&self, svg: &str) -> Result<Tree, Error> {
        Tree::from_str(svg, &self.options).map_err(failed)
    }

    pub(super) fn png(&self, svg: &str) -> Result<Vec<u8>, Error> {
        let tree = self.tree(svg)?;
        let size = tree.size().to_int_size().scale_by(SCALE);
        let pixels = size.and_then(|size| Pixmap::new(size.width(), size.height()));
        let mut pixels = pixels.ok_or_else(|| failed("it is too large"))?;
        resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
        pixels.encode_png().map_err(failed)
    }

    pub(super) fn pdf(&self, svg: &str) -> Result<Vec<u8>, Error> {
        let tree = self.tree(svg)?;
        let (width, height) = (tree.size().width(), tree.size().height());
        let (Some(size), Some(page)) =
            (Size::from_wh(width, height), PageSettings::from_wh(width, height))
        else {
            return Err(failed("it has no size"));
        };
        let mut document = Document::new();
        let mut page = document.start_page_with(page);
        let mut surface = page.surface();
        surface.draw_svg(&tree, size, SvgSettings::default());
        surface.finish();
        page.finish();
        document.finish().map_err(|error| failed(format!("{error:?}")))
    }
}

fn failed(reason: impl Display) -> Error {
    Error::Unsupported(format!("could not convert a chart: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_converted() {
        let Ok(converter) = Converter::new() else {
            eprintln!("skipped: there is no font");
            return;
        };
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"60\" height=\"40\" \
                   font-family=\"nothing, sans-serif\"><text x=\"5\" y=\"20\">abc</text></svg>";
        let pdf = converter.pdf(svg).unwrap();
        assert!(pdf.starts_with(b"%PDF"));
        let has = |word: &[u8]| pdf.windows(word.len()).any(|it| it == word);
        assert!(has(b"/FontFile") || has(b"/Type0"), "text with its font");
        assert!(converter.png(svg).unwrap().starts_with(b"\x89PNG"));
        assert!(converter.png("<svg").is_err());
    }
}
