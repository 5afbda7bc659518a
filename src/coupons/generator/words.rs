//! The words a random code must not spell, also not with digits for letters.

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

/// The same, as people read them.
static READ: LazyLock<Vec<String>> = LazyLock::new(|| RUDE.iter().map(|word| read(word)).collect());

/// The first rude word in a text, read as people read it: without separators, `5H1T` as `SHIT`, `FVCK` as
/// `FUCK`.
#[must_use]
pub fn rude_word(text: &str) -> Option<&'static str> {
    let text = read(text);
    READ.iter().zip(RUDE).find(|(read, _)| text.contains(read.as_str())).map(|(_, word)| *word)
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
