use super::*;

fn form() -> CouponForm {
    CouponForm { code: "WELCOME-10".to_owned(), percent: "10".to_owned(), ..CouponForm::default() }
}

#[test]
fn only_words_that_the_form_offers_pass() {
    assert!(form().check_words().is_ok());
    let unknown = [
        CouponForm { benefit: "gold".to_owned(), ..form() },
        CouponForm { applies: "some".to_owned(), ..form() },
        CouponForm { uses_per: "week".to_owned(), ..form() },
        CouponForm { benefit_ends: "soon".to_owned(), ..form() },
        CouponForm { restore_uses: "maybe".to_owned(), ..form() },
        CouponForm { gift: "1".to_owned(), ..form() },
        CouponForm { then: "explode".to_owned(), ..form() },
        CouponForm { products: vec!["p1".to_owned()], ..form() },
        CouponForm { limit_key: vec!["seats".to_owned()], ..form() },
    ];
    for form in unknown {
        assert!(form.check_words().is_err(), "{form:?}");
    }
}

#[test]
fn the_key_of_a_request_is_no_part_of_its_content() {
    let keyed = CouponForm { request_key: "k".to_owned(), ..form() };
    assert_eq!(serde_json::to_string(&keyed).unwrap(), serde_json::to_string(&form()).unwrap());
}

#[test]
fn a_list_of_texts_is_split_trimmed_and_said_once() {
    assert_eq!(texts::parts(" a, b\nb; c ,, "), ["a", "b", "c"]);
}
