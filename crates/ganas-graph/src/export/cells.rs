//! Self-contained `PyTorch` files that define networks made of cells.

use super::chain::grouped;
use crate::{Arch, SearchSpace};

/// The Python function that checks a network against the numbers stated in its file.
const CHECK: &str = include_str!("check.py");

/// The parts of a file that depend on the space and the architecture.
pub(crate) struct CellFile<'a> {
    pub(crate) space: &'a dyn SearchSpace,
    pub(crate) arch: &'a Arch,
    /// The cell as Python constants.
    pub(crate) cell: String,
    /// The Python classes that build a network from the cell.
    pub(crate) layers: &'a str,
    /// Number of channels and side length of the input image.
    pub(crate) image: (u32, u32),
    pub(crate) classes: u32,
    pub(crate) parameters: u64,
    /// Number of multiply–adds, if known.
    pub(crate) multiply_adds: Option<u64>,
}

/// The Python classes of networks that stack equal cells in stages. They use the constants `STEPS`,
/// `OUTPUTS`, `OPERATORS`, `CHANNELS`, `WIDTH`, `STAGES` and `CELLS`.
pub(crate) const STAGED_CELLS: &str = include_str!("staged_cells.py");

impl CellFile<'_> {
    /// Returns the text of the file.
    pub(crate) fn text(&self) -> String {
        let Self { space, arch, cell, layers, image, classes, .. } = self;
        let (channels, side) = image;
        let mut counts = format!("PARAMETERS = {}\n", grouped(self.parameters));
        let mut arguments = String::from("SHAPE, CLASSES, PARAMETERS");
        if let Some(count) = self.multiply_adds {
            counts += "MULTIPLY_ADDS = ";
            counts += &grouped(count);
            counts.push('\n');
            arguments += ", MULTIPLY_ADDS";
        }
        // Python requires imports first.
        let (imports, layers) = layers.split_at(layers.find("\n\n").unwrap_or(0));
        format!(
            "\"\"\"A network of the space {}, written by ganas.\n\n{}\n\"\"\"\n\n{imports}\n\n\
             {cell}\nSHAPE = ({channels}, {side}, {side})\nCLASSES = {classes}\n{counts}{layers}\n\n\
             {CHECK}\n\nif __name__ == \"__main__\":\n    \
             check(Network(), {arguments})\n",
            space.name(),
            space.display(arch),
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::spaces::{Darts, Head, NasBench101, NasBench201};
    use crate::{Arch, SearchSpace};

    #[test]
    fn files_state_the_cell_and_its_parameters() {
        let space = NasBench201::default();
        let arch = Arch::from_choices(&space, &[3, 3, 3, 1, 3, 2]).unwrap();
        let code = space.pytorch(&arch).unwrap();
        assert!(code.starts_with("\"\"\"A network of the space nasbench201, written by ganas.\n"));
        assert!(code.contains("\n    (\"2_3\", [2], 3, \"nor_conv_1x1\"),\n]\n"), "{code}");
        assert!(code.contains("PARAMETERS = 1_073_466\n"), "{code}");
        let other = NasBench201::new(Head::ImageNet16).pytorch(&arch).unwrap();
        assert!(other.contains("SHAPE = (3, 16, 16)\nCLASSES = 120\nPARAMETERS = 1_080_616\n"));

        let space = NasBench101::default();
        let code = space.pytorch(&space.inception()).unwrap();
        assert!(code.contains("\n    [0, 1, 1, 1, 0, 1, 0],\n"), "{code}");
        assert!(code.contains("PARAMETERS = 2_694_282\n"));

        let space = Darts::default();
        let code = space.pytorch(&space.named("darts-v2").unwrap()).unwrap();
        assert!(code.contains("REDUCTION = [\n    (\"max_pool_3x3\", 0),\n"), "{code}");
        assert!(code.contains("CHANNELS = 36\nLAYERS = 20\n"));
        assert!(code.contains("PARAMETERS = 3_349_342\n"));
    }
}
