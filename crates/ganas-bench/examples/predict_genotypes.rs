//! Predicts genotypes with an imported ensemble and says how long it took, for `compare_with_xgboost.py`.
//!
//! `predict_genotypes TABLE` reads one genotype a line and prints
//! `{"features": [[…], …], "predictions": […], "single_seconds": …, "batch_seconds": …}`, seconds for
//! each genotype.

use std::io::{self, BufRead};
use std::path::Path;
use std::time::Instant;

use ganas_bench::nasbench301::{FeatureEncoder, Surrogate};
use ganas_graph::{Arch, SearchSpace, spaces::Darts};

/// Passes over the genotypes, of which the fastest counts.
const PASSES: usize = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = std::env::args().nth(1).ok_or("expected the table of an ensemble")?;
    let surrogate = Surrogate::read(Path::new(&table))?;
    let space = Darts::default();
    let archs: Vec<Arch> = io::stdin()
        .lock()
        .lines()
        .map(|line| Ok(space.parse(line?.trim())?))
        .collect::<Result<_, Box<dyn std::error::Error>>>()?;
    let fastest = |predict: &dyn Fn() -> usize| {
        let pass = |_| {
            let started = Instant::now();
            assert_eq!(predict(), archs.len());
            started.elapsed().as_secs_f64() / archs.len().max(1) as f64
        };
        (0..PASSES).map(pass).fold(f64::INFINITY, f64::min)
    };
    let single =
        fastest(&|| archs.iter().filter(|arch| surrogate.predict(arch).mean.is_finite()).count());
    let batch = fastest(&|| surrogate.predict_many(&archs).len());
    let predictions: Vec<_> = archs.iter().map(|arch| surrogate.predict(arch).mean).collect();
    let encoder = FeatureEncoder::new();
    let features = archs.iter().map(|arch| encoder.encode(&space.cells(arch)).to_vec());
    let result = serde_json::json!({
        "features": features.collect::<Vec<_>>(), "predictions": predictions, "single_seconds": single, "batch_seconds": batch,
    });
    io::Write::write_all(&mut io::stdout(), result.to_string().as_bytes())?;
    Ok(())
}
