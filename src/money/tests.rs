use proptest::prelude::*;

use super::*;

fn currency(code: &str) -> Currency {
    Currency::from_code(code).unwrap()
}

fn chf(text: &str) -> Result<i64, MoneyFault> {
    parse(text, currency("CHF"))
}

#[test]
fn every_currency_has_its_true_number_of_decimals() {
    let table = [("JPY", 0), ("KRW", 0), ("XOF", 0), ("CHF", 2), ("USD", 2), ("NGN", 2), ("OMR", 3)];
    let table = table.into_iter().chain([("KWD", 3), ("BHD", 3), ("TND", 3), ("JOD", 3), ("CLF", 4), ("UYW", 4)]);
    for (code, exponent) in table {
        assert_eq!(currency(code).exponent(), exponent, "{code}");
    }
}

#[test]
fn no_currency_is_listed_twice_and_each_code_is_three_capital_letters() {
    let mut codes: Vec<_> = Currency::all().map(Currency::code).collect();
    assert!(codes.iter().all(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())));
    let count = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), count);
    assert!(count > 150);
}

#[test]
fn unknown_and_withdrawn_currencies_are_not_found() {
    for code in ["", "XXX", "XAU", "DEM", "HRK", "CHFX", "€"] {
        assert_eq!(Currency::from_code(code), None, "{code}");
    }
    assert_eq!(Currency::from_code(" chf "), Some(currency("CHF")));
}

#[test]
fn an_amount_is_read_with_point_or_comma_and_with_grouped_thousands() {
    let table = [
        ("12.50", 1250),
        ("12,50", 1250),
        ("12,5", 1250),
        (" 12 ", 1200),
        ("0", 0),
        ("0.01", 1),
        ("007", 700),
        ("1 234.50", 123_450),
        ("1'234’50", -1),
        ("1'234'567", 123_456_700),
        ("1’234.50", 123_450),
        ("1\u{202f}234,50", 123_450),
        ("1,234.50", 123_450),
        ("1.234,50", 123_450),
        ("1,234,567", 123_456_700),
    ];
    for (text, amount) in table {
        assert_eq!(chf(text).unwrap_or(-1), amount, "{text}");
    }
}

#[test]
fn what_is_no_amount_is_refused_with_a_reason() {
    assert_eq!(chf(" "), Err(MoneyFault::Empty));
    assert_eq!(chf("-5"), Err(MoneyFault::Sign('-')));
    assert_eq!(chf("+5"), Err(MoneyFault::Sign('+')));
    assert_eq!(chf("1e3"), Err(MoneyFault::Character('e')));
    assert_eq!(chf("NaN"), Err(MoneyFault::Character('N')));
    assert_eq!(chf("12 CHF"), Err(MoneyFault::Character('C')));
    assert_eq!(chf("１２"), Err(MoneyFault::Character('１')));
    assert_eq!(chf("92233720368547758.08"), Err(MoneyFault::TooLarge));
    assert_eq!(chf("10000000000000.01"), Err(MoneyFault::TooLarge));
    assert_eq!(chf("10000000000000.00"), Ok(MOST));
    assert!(matches!(chf("12.345"), Err(MoneyFault::TooManyDecimals { allowed: 2, found: 3, .. })));
    assert!(matches!(chf("1,200"), Err(MoneyFault::TooManyDecimals { .. })));
    for incomplete in ["12.", ".50", ","] {
        assert!(matches!(chf(incomplete), Err(MoneyFault::Incomplete(_))), "{incomplete}");
    }
    for unclear in ["1 23", "12 34.50", "1234 567", "1.2.3", "1 234'567", "1  234", "1,23,456", "1.5 0", "' 1"] {
        assert!(matches!(chf(unclear), Err(MoneyFault::Grouping(_))), "{unclear}");
    }
}

#[test]
fn currencies_without_or_with_many_decimals_are_never_taken_for_cents() {
    assert_eq!(parse("1200", currency("JPY")), Ok(1200));
    assert!(parse("1200.5", currency("JPY")).is_err());
    assert_eq!(parse("1.234", currency("OMR")), Ok(1234));
    assert_eq!(parse("1", currency("CLF")), Ok(10_000));
    assert_eq!(currency("OMR").money(5).to_string(), "0.005 OMR");
    assert_eq!(currency("JPY").money(500).to_string(), "500 JPY");
    assert_eq!(currency("CHF").money(-1250).to_string(), "-12.50 CHF");
    assert_eq!(currency("CHF").format(i64::MIN), "-92233720368547758.08");
}

#[test]
fn a_percentage_has_at_most_two_decimals_and_lies_between_a_hundredth_and_a_hundred() {
    let table = [("15", 1500), ("12.34", 1234), ("12,34", 1234), ("0.01", 1), ("100", 10_000), ("100.00", 10_000)];
    for (text, basis_points) in table {
        assert_eq!(BasisPoints::parse(text).map(BasisPoints::get), Ok(basis_points), "{text}");
    }
    assert_eq!(BasisPoints::parse(" 12.5 % ").map(BasisPoints::get), Ok(1250));
    for text in ["0", "0.00", "100.01", "101", "99999999999999999999"] {
        assert_eq!(BasisPoints::parse(text), Err(PercentFault::OutOfRange), "{text}");
    }
    for text in ["1e3", "-5", "+5", "NaN", "inf", "12.", ".5", "1 5", "1.2.3", "½"] {
        assert_eq!(BasisPoints::parse(text), Err(PercentFault::NotANumber), "{text}");
    }
    for text in ["100.001", "12.345"] {
        assert_eq!(BasisPoints::parse(text), Err(PercentFault::TooManyDecimals), "{text}");
    }
    assert_eq!(BasisPoints::parse(""), Err(PercentFault::Empty));
}

#[test]
fn a_percentage_is_written_without_needless_zeros() {
    for (basis_points, text) in [(1500, "15"), (1234, "12.34"), (1250, "12.5"), (5, "0.05"), (10_000, "100")] {
        assert_eq!(BasisPoints::new(basis_points).unwrap().to_string(), text);
    }
}

#[test]
fn fifteen_percent_of_34_90_is_5_24() {
    assert_eq!(BasisPoints::new(1500).unwrap().of(3490), 524);
    assert_eq!(BasisPoints::FULL.of(i64::MAX), i64::MAX);
}

#[test]
fn a_count_is_a_whole_number_that_fits() {
    assert_eq!(parse_count(" 0 "), Ok(0));
    assert_eq!(parse_count("9223372036854775807"), Ok(i64::MAX));
    assert_eq!(parse_count("9223372036854775808"), Err(CountFault::TooLarge));
    assert_eq!(parse_count(""), Err(CountFault::Empty));
    for text in ["-1", "+1", "1.0", "1e3", "1 000", "٣", "0x10"] {
        assert_eq!(parse_count(text), Err(CountFault::NotWhole), "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(amount in 0..=MOST, which in 0_usize..200) {
        let all: Vec<_> = Currency::all().collect();
        let currency = all[which % all.len()];
        prop_assert_eq!(parse(&currency.format(amount), currency), Ok(amount));
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in "\\PC*") {
        let _ = chf(&text);
        let _ = BasisPoints::parse(&text);
        let _ = parse_count(&text);
    }

    #[test]
    fn a_percentage_survives_its_own_words(basis_points in 1_i64..=10_000) {
        let percent = BasisPoints::new(basis_points).unwrap();
        prop_assert_eq!(BasisPoints::parse(&percent.to_string()), Ok(percent));
    }
}

#[test]
fn a_large_number_is_set_apart_by_threes() {
    let cases = [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-45_000, "−45,000")];
    for (number, text) in cases {
        assert_eq!(super::grouped(number), text);
    }
}
