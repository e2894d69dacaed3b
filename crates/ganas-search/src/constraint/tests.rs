//! Limits: how they are written, and what they reject.

use ganas_graph::spaces::{NasBench101, NasBench201};

use super::*;

#[test]
fn limits_are_checked_and_counted() {
    let space = NasBench201::default();
    let limit = |bound, text| Constraint::parse(&space, Measured::Nothing, bound, text).unwrap();
    let rejections =
        Rejections::new(vec![limit(Bound::Max, "params=0.1"), limit(Bound::Min, "flops=8")]);
    let one = Arch::from_choices(&space, &[2, 0, 0, 0, 0, 0]).unwrap();
    let none = Arch::from_choices(&space, &[0; 6]).unwrap();
    assert!(!rejections.rejected_all(), "nothing was checked");
    assert!(!rejections.admit(&space, &one));
    assert!(!rejections.admit(&space, &none));
    assert!(rejections.rejected_all());
    assert_eq!(
        rejections.summary(),
        [
            "params <= 0.1 M rejected 1 of 2 architectures",
            "flops >= 8 M rejected 1 of 2 architectures"
        ]
    );
}

#[test]
fn wrong_constraints_are_explained() {
    let space = NasBench201::default();
    let error = |text| {
        Constraint::parse(&space, Measured::Nothing, Bound::Max, text).unwrap_err().to_string()
    };
    assert!(error("params").contains("expected METRIC=LIMIT"));
    assert!(error("latency=3").contains("expected one of: params, flops"));
    assert!(error("params=NaN").contains("expected a number in M"));
    assert!(error("params=").contains("found ``"));
    let error = error("params=@resnet");
    assert_eq!(error, "limit of params: unknown architecture `resnet`; there are none");
    let space = NasBench101::default();
    let error = Constraint::parse(&space, Measured::Nothing, Bound::Min, "flops=@resnt")
        .unwrap_err()
        .to_string();
    assert!(error.contains("did you mean `resnet`?"), "{error}");
}
