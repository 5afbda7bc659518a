use proptest::prelude::*;

use super::*;

fn key(typed: &str) -> String {
    CodeKey::fold(typed).unwrap().as_str().to_owned()
}

fn malformed(typed: &str) -> Malformed {
    CodeKey::fold(typed).unwrap_err()
}

#[test]
fn a_code_is_found_however_it_is_typed() {
    let variants = [
        "SAVE10",
        " save-10 ",
        "ＳＡＶＥ１０",
        "sav e1o",
        "s.a_v-e10",
        "SAVE–10",
        "SAVE—10",
        "SAVE−10",
        "save\u{200b}1\u{feff}0",
        "SAVE\u{a0}10",
        "SAVE\u{3000}10",
        "SAVE\u{2011}10",
        "saveio",
        "SAVEl0",
        "\tSave\r\n10",
        "SA\u{ad}VE10",
        "\u{202a}SAVE10\u{202c}",
    ];
    for typed in variants {
        assert_eq!(key(typed), "SAVE10", "{typed:?}");
    }
}

#[test]
fn letters_that_look_like_digits_are_read_as_digits() {
    assert_eq!(key("OIL"), "011");
    assert_eq!(key("oil"), "011");
    assert_eq!(key("WELCOME"), "WE1C0ME");
}

#[test]
fn letters_outside_ascii_are_not_taken_for_others() {
    for (typed, character) in
        [("ıstanbul", 'ı'), ("straße", 'ß'), ("STRAẞE", 'ẞ'), ("caf\u{e9}", 'é'), ("cafe\u{301}", 'é'), ("Ｓе", 'е')]
    {
        assert_eq!(malformed(typed), Malformed::Character { character }, "{typed}");
    }
    for typed in ["SAVE😀", "SAVE+10", "SAVE/10", "50%", "A\u{0}B", "a'b", "İ", "'; --", "👍🏽"] {
        assert!(matches!(malformed(typed), Malformed::Character { .. }), "{typed}");
    }
}

#[test]
fn a_blank_is_never_a_code() {
    for typed in ["", " ", "\u{a0}", "-", ".-_", "\u{200b}\u{feff}", "— –", "\n"] {
        assert_eq!(malformed(typed), Malformed::Empty, "{typed:?}");
    }
}

#[test]
fn a_key_has_up_to_64_characters() {
    assert_eq!(key("A"), "A");
    assert_eq!(key(&"A-".repeat(64)).len(), 64);
    assert_eq!(malformed(&"A".repeat(65)), Malformed::TooLong);
}

#[test]
fn a_search_is_folded_as_a_code_is() {
    assert_eq!(CodeKey::needle(" wel-co "), Some("WE1C0".to_owned()));
    assert_eq!(CodeKey::needle("Été"), None);
    assert_eq!(CodeKey::needle("-"), None);
}

#[test]
fn a_new_code_is_trimmed_and_shown_in_capital_letters() {
    let text = |typed: &str| CodeText::create(typed).map(|code| code.as_str().to_owned());
    assert_eq!(text(" welcome-10 "), Ok("WELCOME-10".to_owned()));
    assert_eq!(text("ｗｅｌｃｏｍｅ．10\u{feff}"), Ok("WELCOME.10".to_owned()));
    assert_eq!(text("summer_26"), Ok("SUMMER_26".to_owned()));
    assert_eq!(text(" welcome 10 "), Err(TextFault::Character(' ')));
    assert_eq!(text("SAVE–10"), Err(TextFault::Character('–')));
    assert_eq!(text("straße"), Err(TextFault::Character('ß')));
    assert_eq!(text("10%"), Err(TextFault::Character('%')));
    assert_eq!(text(""), Err(TextFault::Empty));
    assert_eq!(text("-._"), Err(TextFault::OnlyPunctuation));
    assert_eq!(text("A-1"), Err(TextFault::TooShort));
    assert_eq!(text(&"A".repeat(65)), Err(TextFault::TooLong));
    assert_eq!(text(&format!("ABC{}", "-".repeat(125))), Err(TextFault::TooLong));
}

#[test]
fn the_message_names_the_character_that_is_not_allowed() {
    let message = |typed| CodeText::create(typed).unwrap_err().to_string();
    assert!(message("welcome 10").ends_with("a space is not among them."));
    assert!(message("WELCOME+10").ends_with("“+” is not among them."));
    assert!(message("A\u{200b}BC").ends_with("an invisible character (U+200B) is not among them."));
}

#[test]
fn an_import_may_bring_codes_of_one_or_two_characters() {
    let code = CodeText::parse("7").unwrap();
    assert!(code.is_short());
    assert!(!CodeText::parse("777").unwrap().is_short());
}

proptest! {
    #[test]
    fn any_spacing_case_or_dash_gives_the_same_key(
        letters in prop::collection::vec("[A-Z0-9]", 1..=64),
        noise in prop::collection::vec(("[ \u{a0}\u{2003}.\\-_–—−\u{200b}\u{200d}\u{feff}\u{ad}]{0,3}", any::<bool>(), any::<bool>()), 65),
    ) {
        let plain = letters.concat();
        let mut typed = noise[64].0.clone();
        for (letter, (padding, lower, wide)) in letters.iter().zip(&noise) {
            let mut letter = if *lower { letter.to_ascii_lowercase() } else { letter.clone() };
            if *wide {
                letter = letter.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
            }
            typed.push_str(&letter);
            typed.push_str(padding);
        }
        prop_assert_eq!(CodeKey::fold(&typed), CodeKey::fold(&plain));
        prop_assert!(CodeKey::fold(&typed).is_ok());
    }

    #[test]
    fn a_key_is_its_own_key_and_has_no_look_alikes(typed in "\\PC{0,80}|[ -~]{0,80}") {
        if let Ok(folded) = CodeKey::fold(&typed) {
            prop_assert_eq!(CodeKey::fold(folded.as_str()), Ok(folded.clone()));
            prop_assert!((1..=MAX_KEY).contains(&folded.as_str().len()));
            prop_assert!(folded.as_str().bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
            prop_assert!(!folded.as_str().contains(['O', 'I', 'L']));
        }
    }

    #[test]
    fn a_new_code_is_found_by_its_own_text(typed in "\\PC{0,40}|[A-Za-z0-9._-]{3,40}") {
        if let Ok(code) = CodeText::create(&typed) {
            prop_assert_eq!(CodeKey::fold(code.as_str()), Ok(code.key().clone()));
            prop_assert_eq!(CodeKey::fold(&typed), Ok(code.key().clone()));
            prop_assert_eq!(CodeText::create(code.as_str()), Ok(code));
        }
    }
}
