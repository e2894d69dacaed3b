//! Export of studies to the formats of other programs.

mod optuna;
mod tensorboard;

pub use self::optuna::optuna_journal;
pub use self::tensorboard::write_tensorboard;
