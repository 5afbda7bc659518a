//! The words a random code must not spell, also not with digits for letters.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Words people do not want to find on a receipt, in the languages of the first tenants. Written plainly;
/// both sides are folded before they are compared.
const RUDE: &[&str] = &[
    "ANAL", "ANUS", "ARSCH", "ARSE", "ASS", "BASTARD", "BITCH", "BOOB", "BUGGER", "CAZZO", "CHINK", "COCK", "COON",
    "CRAP", "CULO", "CUM", "CUNT", "CYKA", "DAMN", "DICK", "DILDO", "DYKE", "FAG", "FCK", "FICK", "FOTZE", "FUC",
    "FUK", "GOOK", "HEIL", "HELL", "HITLER", "HOMO", "HURE", "JEW", "JIZZ", "KACK", "KIKE", "KKK", "KUNT", "MERDE",
    "MIERDA", "MUSCHI", "NAZI", "NEGER", "NIGG", "NIGR", "NUTTE", "PAKI", "PENIS", "PISS", "POOF", "POOP", "PORN",
    "PUSSY", "PUTA", "PUTE", "RAPE", "SALOPE", "SCHEISS", "SCHWUL", "SEX", "SHIT", "SLUT", "SPIC", "SUCK", "TIT",
    "TURD", "TWAT", "VAGINA", "VERGA", "WANK", "WHORE", "WICHS", "WIXX", "XXX", "ZORRA",
];

/// The same as people read them, by what they begin with.
static READ: LazyLock<BTreeMap<u8, Vec<(String, &str)>>> = LazyLock::new(|| {
    let mut words = BTreeMap::<u8, Vec<_>>::new();
    for word in RUDE {
        let read = read(word);
        words.entry(read.bytes().next().unwrap_or_default()).or_default().push((read, *word));
    }
    words
});

/// The first rude word in a text, read as people read it: without separators, `5H1T` as `SHIT`, `FVCK` as
/// `FUCK`.
#[must_use]
pub fn rude_word(text: &str) -> Option<&'static str> {
    let text = read(text);
    let words_here = |(place, letter)| {
        let (words, rest) = (READ.get(letter)?, text.get(place..)?);
        words.iter().find(|(read, _)| rest.starts_with(read)).map(|(_, word)| *word)
    };
    text.as_bytes().iter().enumerate().find_map(words_here)
}

fn read(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(look_alike).collect()
}

/// One letter for all characters that are read as it.
fn look_alike(character: char) -> char {
    match character.to_ascii_uppercase() {
        '0' | 'Q' => 'O',
        '1' | 'L' | 'J' => 'I',
        '2' => 'Z',
        '3' => 'E',
        '4' => 'A',
        '5' | '$' => 'S',
        '6' | '9' => 'G',
        '7' => 'T',
        '8' => 'B',
        'V' => 'U',
        letter => letter,
    }
}
