use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn letters() -> Letters {
    Letters::default()
}

fn strength(typed: &str) -> Strength {
    Strength::typed(&CodeKey::fold(typed).unwrap())
}

#[test]
fn the_alphabet_has_no_look_alikes() {
    assert_eq!(ALPHABET.iter().collect::<BTreeSet<_>>().len(), ALPHABET.len());
    assert!(!ALPHABET.iter().any(|letter| b"0O1IL".contains(letter)));
    assert!(ALPHABET.iter().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit()));
}

#[test]
fn a_code_has_its_prefix_its_length_and_its_groups() {
    let code = Pattern::new("summer-", 8, Some(4)).unwrap().draw(&mut letters()).unwrap();
    let parts: Vec<&str> = code.as_str().split('-').collect();
    assert_eq!(parts[0], "SUMMER");
    assert_eq!(parts[1..].iter().map(|part| part.len()).collect::<Vec<_>>(), [4, 4]);

    let lengths = |pattern: Pattern| pattern.draw(&mut letters()).unwrap().as_str().len();
    assert_eq!(lengths(Pattern::new("", 10, None).unwrap()), 10);
    assert_eq!(lengths(Pattern::new("X", 10, None).unwrap()), 12);
    assert_eq!(lengths(Pattern::default()), 14);
    assert_eq!(lengths(Pattern::new("", 7, Some(3)).unwrap()), 9);
}

#[test]
fn a_drawn_code_is_found_by_its_own_key() {
    let code = Pattern::default().draw(&mut letters()).unwrap();
    assert_eq!(CodeKey::fold(&code.as_str().to_lowercase().replace('-', " ")).unwrap(), *code.key());
}

#[test]
fn a_pattern_no_code_can_have_is_refused() {
    assert!(matches!(Pattern::new("é", 8, None), Err(PatternFault::Prefix(_))));
    assert!(matches!(Pattern::new("a b", 8, None), Err(PatternFault::Prefix(_))));
    assert_eq!(Pattern::new("AB", 0, None), Err(PatternFault::Length));
    assert_eq!(Pattern::new("", 2, None), Err(PatternFault::Length));
    assert_eq!(Pattern::new("A", 64, None), Err(PatternFault::Length));
    assert_eq!(Pattern::new("", 8, Some(0)), Err(PatternFault::Group));
    assert!(Pattern::new("", 64, None).is_ok());
}

#[test]
fn a_batch_never_fills_more_than_half_of_its_space() {
    let pattern = Pattern::new("", 3, None).unwrap();
    assert_eq!(pattern.space(), 29_791);
    assert_eq!(pattern.has_room_for(14_895, 0), Ok(()));
    assert_eq!(pattern.has_room_for(14_896, 0), Err(PatternFault::TooMany { asked: 14_896, space: 29_791 }));
    assert!(pattern.has_room_for(14_000, 1_000).is_err());
    assert_eq!(Pattern::new("", 64, None).unwrap().has_room_for(u64::MAX, u64::MAX), Ok(()));
}

#[test]
fn drawn_characters_are_uniform_and_codes_do_not_repeat() {
    let pattern = Pattern::new("", 12, None).unwrap();
    let mut letters = letters();
    let mut counts: BTreeMap<char, u32> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for _ in 0..20_000 {
        let code = pattern.draw(&mut letters).unwrap();
        code.as_str().chars().for_each(|letter| *counts.entry(letter).or_default() += 1);
        assert!(seen.insert(code.as_str().to_owned()));
    }
    let total: u32 = counts.values().sum();
    let expected = f64::from(total) / 31.0;
    // Chance moves a letter by one percent, the word filter by less than two.
    for (letter, count) in counts {
        assert!((f64::from(count) - expected).abs() / expected < 0.08, "{letter}: {count} of {expected}");
    }
}

#[test]
fn rude_words_are_seen_through_digits_and_separators() {
    for text in ["SHIT", "5H1T", "xx-s-h-i-t", "FVCK", "F.U.C.K", "4R5E", "A55", "p0rn", "2026NA2I", "P1SS"] {
        assert!(rude_word(text).is_some(), "{text}");
    }
    for text in ["WELCOME10", "SUMMER-2026", "SAVE15", "BLACKFRIDAY"] {
        assert_eq!(rude_word(text), None, "{text}");
    }
}

#[test]
fn a_drawn_code_never_spells_a_rude_word() {
    let pattern = Pattern::new("", 32, Some(4)).unwrap();
    let mut letters = letters();
    for _ in 0..2_000 {
        assert_eq!(rude_word(pattern.draw(&mut letters).unwrap().as_str()), None);
    }
}

#[test]
fn a_prefix_may_read_as_its_maker_likes() {
    let code = Pattern::new("CLASSIC", 8, None).unwrap().draw(&mut letters()).unwrap();
    assert!(code.as_str().starts_with("CLASSIC-"));
    assert_eq!(Pattern::new("CLASSIC", 8, None).unwrap().key_prefix().unwrap().as_str(), "C1ASS1C");
}

#[test]
fn the_strength_of_a_random_code_is_exact() {
    assert_eq!(Pattern::default().strength(), Strength { bits: 59, meter: Meter::Fair });
    assert_eq!(Pattern::new("", 8, None).unwrap().strength(), Strength { bits: 39, meter: Meter::Weak });
    assert_eq!(Pattern::new("", 13, None).unwrap().strength(), Strength { bits: 64, meter: Meter::Strong });
}

#[test]
fn the_meter_warns_about_codes_people_think_up() {
    for weak in ["WELCOME10", "SUMMER2026", "AAAAAAAAAAAA", "ABABABABABAB", "1234", "X7K2M9Q4"] {
        assert_eq!(strength(weak).meter, Meter::Weak, "{weak}");
        assert!(strength(weak).warning().is_some());
    }
    assert_eq!(strength("WELCOME-SUMMER").meter, Meter::Fair);
    assert_eq!(strength("K7MX-29QT-HW4R-8ZCB").meter, Meter::Strong);
    assert_eq!(strength("K7MX-29QT-HW4R-8ZCB").warning(), None);
    assert_eq!(Meter::Strong.word(), "strong");
}
