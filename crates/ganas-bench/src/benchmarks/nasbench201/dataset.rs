//! The data sets of NAS-Bench-201.

use std::fmt;
use std::str::FromStr;

use ganas_graph::spaces::Head;
use ganas_search::UnknownName;

/// A data set on which the networks were trained.
///
/// ```
/// use ganas_bench::nasbench201::Dataset;
/// assert_eq!("imagenet16-120".parse(), Ok(Dataset::ImageNet16_120));
/// let error = |text: &str| text.parse::<Dataset>().unwrap_err().to_string();
/// assert!(error("cifar1000").contains("did you mean `cifar100`?"));
/// assert!(error("imagenet").contains("did you mean `imagenet16-120`?"));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dataset {
    /// CIFAR-10. For validation, networks are trained on one half of the training set and evaluated
    /// on the other. For testing, they are trained on the whole training set and evaluated on the
    /// test set.
    #[default]
    Cifar10,
    /// CIFAR-100. Networks are validated on one half of the test set and tested on the other.
    Cifar100,
    /// ImageNet reduced to 16 × 16 pixels and 120 classes. Networks are validated on one half of
    /// ImageNet's validation set and tested on the other.
    ImageNet16_120,
}

impl Dataset {
    /// All data sets.
    pub const ALL: [Self; 3] = [Self::Cifar10, Self::Cifar100, Self::ImageNet16_120];

    /// Returns the name of the data set, as used on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cifar10 => "cifar10",
            Self::Cifar100 => "cifar100",
            Self::ImageNet16_120 => "imagenet16-120",
        }
    }

    /// Returns the number of images in the validation set. Tables store a validation accuracy as
    /// the number of these images that were classified correctly.
    pub const fn validation_images(self) -> u16 {
        match self {
            Self::Cifar10 => 25_000,
            Self::Cifar100 => 5_000,
            Self::ImageNet16_120 => 3_000,
        }
    }

    /// Returns the classifier at the end of the networks. The costs of a network include those of
    /// its classifier.
    pub const fn head(self) -> Head {
        match self {
            Self::Cifar10 => Head::Cifar10,
            Self::Cifar100 => Head::Cifar100,
            Self::ImageNet16_120 => Head::ImageNet16,
        }
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Dataset {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|dataset| dataset.name() == text).ok_or_else(|| UnknownName {
            what: "data set",
            found: text.into(),
            valid: Self::ALL.iter().map(ToString::to_string).collect(),
        })
    }
}
