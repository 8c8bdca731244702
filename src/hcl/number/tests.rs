//! Every expected text was printed by `terraform console`.

use super::Number;

fn number(text: &str) -> Number {
    Number::parse(text).unwrap_or_else(|| panic!("{text} is a number"))
}

#[test]
fn text_is_the_shortest_that_stands_for_the_number() {
    let third = "0.33333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333335";
    let cases = [
        ("1.0", "1"),
        ("1.10", "1.1"),
        ("1.5e3", "1500"),
        ("1E3", "1000"),
        ("1e-3", "0.001"),
        ("-0", "-0"),
        ("+5", "5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("007", "7"),
        ("1p4", "16"),
        ("inf", "+Inf"),
        ("1e1000000", "+Inf"),
        ("1e-1000000", "0"),
        ("12345678901234567890123", "12345678901234567890123"),
        (third, third),
    ];
    for (given, expected) in cases {
        assert_eq!(number(given).to_string(), expected, "{given}");
    }
    assert_eq!(number("1e400").to_string(), format!("1{}", "0".repeat(400)));
    assert_eq!(number("1e-400").to_string(), format!("0.{}1", "0".repeat(399)));
    for wrong in ["", " 1", "0x10", "1_000", "1e", "e5", ".", "-", "0b11", "infinity", "1.2.3", "١"] {
        assert_eq!(Number::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn arithmetic_rounds_as_terraform_does() {
    let cases = [
        (number("0.1").add(&number("0.2")), "0.3"),
        (number("10").div(&number("4")), "2.5"),
        (number("1").div(&number("0")), "+Inf"),
        (number("1").div(&number("-0")), "-Inf"),
        (number("0").mul(&number("-1")), "-0"),
        (number("0").sub(&number("0")), "0"),
        (number("-0").sub(&number("0")), "-0"),
        (
            number("9223372036854775807").mul(&number("9223372036854775807")),
            "85070591730234615847396907784232501249",
        ),
        (number("-7").rem(&number("2.5")), "-2"),
        (number("5.5").rem(&number("-2")), "1.5"),
        (number("1").rem(&number("0")), "1"),
        (number("1e30").rem(&number("7")), "1"),
        (number("1e300").rem(&number("7")), "0"),
        (number("1e18").add(&number("0.5")), "1000000000000000000.5"),
        (Number::from(1i64).div(&Number::from(3i64)), "0.33333333333333333334"),
        (
            Number::from(1i64).div(&Number::from(3i64)).and_then(|third| third.mul(&number("1"))),
            "0.33333333333333333334236835143737920361672877334058284759521484375",
        ),
        (Number::from(1i64).div(&number("3")).map(|third| third.floor()), "0"),
        (Ok(number("-1.5").floor()), "-2"),
        (Ok(number("-1.5").ceil()), "-1"),
        (Ok(number("1.5").ceil()), "2"),
        (Ok(number("-1.5").trunc()), "-1"),
        (Ok(-number("-9223372036854775808")), "9223372036854775808"),
    ];
    for (result, expected) in cases {
        assert_eq!(result.map(|number| number.to_string()).as_deref(), Ok(expected));
    }
    assert!(number("0").div(&number("-0")).is_err());
    assert!(number("inf").mul(&number("0")).is_err());
    assert!(number("inf").sub(&number("inf")).is_err());
    assert!(number("5").rem(&number("inf")).is_err());
}

#[test]
fn machine_floats_keep_their_short_form() {
    let root = Number::from_f64(2f64.sqrt()).expect("a number");
    assert_eq!(root.to_string(), "1.4142135623730951");
    let wide = root.mul(&number("1")).expect("finite");
    assert_eq!(wide.to_string(), "1.4142135623730951454746218587388284504413604736328125");
    for value in [0.1, -2.5, 1e300, 5e-324, f64::MAX, 0.0] {
        assert_eq!(Number::from_f64(value).map(|number| number.to_f64()), Some(value));
    }
    assert_eq!(Number::from_f64(f64::NAN), None);
}

#[test]
fn order_sees_values_not_precision() {
    let ascending = ["-inf", "-1e300", "-2", "-1.5", "0", "1e-300", "0.5", "1", "1e20", "1e300", "inf"];
    for pair in ascending.windows(2) {
        assert!(number(pair[0]) < number(pair[1]), "{pair:?}");
    }
    assert_eq!(number("2"), Number::from(2i64));
    assert_eq!(number("-0"), number("0"));
    assert_eq!(Number::from_f64(0.5), Some(number("0.5")));
    assert_eq!(number("1e3").to_i64(), Some(1000));
    assert_eq!(number("1.5").to_i64(), None);
    assert!(number("1e30").is_integer() && !number("0.5").is_integer());
}

#[test]
fn other_bases_and_fixed_places() {
    assert_eq!(Number::parse_radix("-ff", 16).map(|number| number.to_string()).as_deref(), Some("-255"));
    assert_eq!(Number::parse_radix("12", 2), None);
    assert_eq!(number("255").to_radix(2).as_deref(), Some("11111111"));
    assert_eq!(number("1e20").to_radix(16).as_deref(), Some("56bc75e2d63100000"));
    assert_eq!(number("0.5").to_radix(2), None);
    assert_eq!(number("2.5").to_fixed(0), "2");
    assert_eq!(number("-0.049").to_fixed(1), "-0.0");
    assert_eq!(number("3").to_fixed(2), "3.00");
    assert_eq!(number("1.005").to_fixed(2), "1.00");
}
