//! Tests of formulas: values, positions of mistakes, arbitrary text.

use proptest::prelude::*;

use super::*;

fn value(text: &str) -> Result<f64, FormulaError> {
    let formula = Formula::parse(text, &mut |name| match name {
        Name::Variable("x") => Ok(0),
        Name::Call("count", ["a-b", "c"]) => Ok(1),
        Name::Is("how" | "a-b.c", "fast") => Ok(2),
        Name::Is("gone", _) | Name::Variable("gone") => Ok(3),
        _ => Err("`x`".into()),
    })?;
    Ok(formula.value(&[5.0, 7.0, 1.0, f64::NAN]))
}

#[test]
fn precedence_is_that_of_mathematics() {
    for (text, expected) in [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("-2 ^ 2", -4.0),
        ("2 ^ -1", 0.5),
        ("10 - 4 - 3", 3.0),
        ("24 / 4 / 2", 3.0),
        ("- - 3", 3.0),
        ("1.5e3 + .5", 1500.5),
        ("x * 2", 10.0),
        ("count('a-b', \"c\") + 1", 8.0),
        ("min(3, x, 4) + max(1, 2)", 5.0),
        ("ceil(1.2) + floor(1.8) + round(0.4)", 3.0),
    ] {
        let found = value(text).unwrap();
        assert!((found - expected).abs() < 1e-12, "{text}: {found}");
    }
}

#[test]
fn conditions_are_one_or_zero() {
    for (text, expected) in [
        ("x == 5", true),
        ("x != 5", false),
        ("x > 4 + 1 or x >= 5", true),
        ("x < 5 and x <= 5", false),
        ("not x < 5 and true", true),
        ("not (x < 5 or true)", false),
        ("how == 'fast'", true),
        ("how != 'fast'", false),
        ("'fast' == how", true),
        ("choice('a-b.c') == \"fast\"", true),
        ("gone == 'fast'", false),
        ("gone != 'fast'", false),
        ("gone == 1 or gone != 1 or gone < 1", false),
        ("not gone == 1", true),
        ("gone", false),
        ("false", false),
    ] {
        let found = value(text).unwrap();
        assert_eq!(holds(found), expected, "{text}: {found}");
    }
    assert!((value("2 * (x > 4) + (how == 'fast')").unwrap() - 3.0).abs() < 1e-12);
}

#[test]
fn weighted_sums_are_told_from_other_formulas() {
    let formula = |text: &str| {
        let resolve = &mut |name: Name<'_>| match name {
            Name::Variable("constant") => Ok(0),
            Name::Variable("half") => Ok(1),
            Name::Variable("x") => Ok(2),
            _ => Ok(3),
        };
        Formula::parse(text, resolve).unwrap()
    };
    let is_sum = |text: &str| formula(text).is_weighted_sum(&[7.0, 0.5]);
    for text in [
        "x",
        "constant",
        "3 + 2 * x + count('c') * constant",
        "(2 * half) * (x + 4)",
        "2 * half * x",
        "2 ^ 3 * x + max(1, constant)",
    ] {
        assert!(is_sum(text), "{text}");
    }
    for text in ["half * x", "half * x * 2", "x - 1", "-x", "x / 2", "x ^ 2", "x * x", "min(x, 3)"]
    {
        assert!(!is_sum(text), "{text}");
    }
    assert!(!is_sum("half") && !is_sum("-1 * x") && !is_sum("x + 1 / 0"));
    assert!(formula("1 + max(x, 2)").names(2) && !formula("1 + max(x, 2)").names(3));
}

#[test]
fn wrong_text_names_its_place() {
    let error = |text: &str| {
        let error = value(text).unwrap_err();
        format!("{:?} {error}", error.range)
    };
    assert_eq!(error("1 + "), "4..4 expected a number, a name or `(`, found the end");
    assert_eq!(error("1 2"), "2..3 expected an operator or the end, found `2`");
    assert_eq!(error("(1"), "2..2 expected `)`, found the end");
    assert_eq!(error("3 + why"), "4..7 expected `x`, found `why`");
    assert_eq!(error("ceil(1, 2)"), "6..7 expected `)`, found `,`");
    assert_eq!(error("count('a'"), "9..9 expected `,` or `)`, found the end");
    assert_eq!(error("1 $ 2"), "2..3 expected a number, a name or an operator, found `$`");
    assert_eq!(error("count('a"), "6..8 expected a string that ends with `'`, found `'a`");
    assert_eq!(error("x = 5"), "2..3 expected one of `==`, `!=`, `<`, `<=`, `>`, `>=`, found `=`");
    let once = "expected only one comparison (join several with `and`), found `<`";
    assert_eq!(error("1 < x < 5"), format!("6..7 {once}"));
    let equal = "expected `==` or `!=` between a name and a string";
    assert_eq!(error("x < 'fast'"), format!("0..10 {equal}, found `x < 'fast'`"));
    assert_eq!(error("x + 'fast'"), "4..10 expected a number, a name or `(`, found `'fast'`");
    assert!(error("how == 'fast' + 1").contains("no arithmetic with a string"));
    assert!(error("how == 'fast' * 2 > x").contains("no arithmetic with a string"));
    assert_eq!(error("how == 'slow'"), "0..13 expected `x`, found `how == 'slow'`");
    assert_eq!(error("1 + x == 'fast'"), "9..15 expected a number, a name or `(`, found `'fast'`");
    assert!(error(&"(".repeat(1_000)).contains("at most 64"));
    assert!(error(&"not ".repeat(1_000)).contains("at most 64"));
    assert!(error(&"-".repeat(1_000)).contains("at most 64"));
    assert!(error(&"2^".repeat(1_000)).contains("at most 64"));
    assert!(error(&"1+".repeat(10_000)).contains("at most 4096 bytes"));
}

proptest! {
    #[test]
    fn any_text_is_no_panic(text in "[-+*/^()0-9.exa-z_,'\" <>=!]{0,60}|\\PC{0,20}") {
        if let Err(error) = value(&text) {
            prop_assert!(error.range.end <= text.len());
            prop_assert!(text.get(error.range).is_some());
        }
    }
}
