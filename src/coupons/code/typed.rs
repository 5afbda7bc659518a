//! What can be typed for a code, as a regular expression for those who read the documentation of the API.

/// White space, dots, dashes and what has no width: all that is left out of a key.
macro_rules! ignored {
    () => {
        concat!(
            r"[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
            r"._\u02d7\u2010-\u2015\u2043\u2212\u2e3a\u2e3b\ufe63\uff0d\uff0e\uff3f",
            r"\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff-]*"
        )
    };
}

/// 1 to 64 letters and digits, wide ones too, with anything between them that a key leaves out. The other forms that Unicode
/// has of these letters are read as well.
pub const TYPED: &str =
    concat!("^", ignored!(), r"([0-9A-Za-z\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]", ignored!(), "){1,64}$");

#[cfg(test)]
mod tests {
    use super::TYPED;
    use crate::coupons::code::{CodeKey, Malformed};

    /// The characters of a class without its brackets.
    fn class(text: &str) -> Vec<char> {
        let mut signs = Vec::new();
        let mut rest = text.chars();
        while let Some(sign) = rest.next() {
            let sign = match (sign, if sign == '\\' { rest.next() } else { None }) {
                (_, Some('u')) => {
                    let hex: String = rest.by_ref().take(4).collect();
                    char::from_u32(u32::from_str_radix(&hex, 16).unwrap()).unwrap()
                }
                (_, Some('t')) => '\t',
                (_, Some('r')) => '\r',
                (sign, _) => sign,
            };
            signs.push(sign);
        }
        let mut all = Vec::new();
        let mut at = 0;
        while let Some(first) = signs.get(at) {
            match (signs.get(at + 1), signs.get(at + 2)) {
                (Some('-'), Some(last)) => {
                    all.extend(*first..=*last);
                    at += 3;
                }
                _ => {
                    all.push(*first);
                    at += 1;
                }
            }
        }
        all
    }

    #[test]
    fn what_the_documentation_lets_people_type_is_read() {
        let classes: Vec<_> = TYPED.split(['[', ']']).skip(1).step_by(2).map(class).collect();
        let [before, letters, between] = classes.as_slice() else { panic!("{classes:?}") };
        assert_eq!((before, letters.len(), before.len() > 60), (between, 62 * 2, true));
        for ignored in before {
            assert_eq!(CodeKey::fold(&ignored.to_string()), Err(Malformed::Empty), "{ignored:?}");
        }
        for letter in letters {
            assert_eq!(CodeKey::fold(&letter.to_string()).unwrap().as_str().len(), 1, "{letter:?}");
        }
    }
}
