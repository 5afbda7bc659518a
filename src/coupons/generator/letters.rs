//! Letters drawn from the system's secure random source, each equally likely.

/// Digits and capital letters without 0, 1, I, L and O.
pub const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/// Bytes from here on are thrown away: 248 is the largest multiple of 31 in a byte, and a remainder of the
/// rest would make some letters likelier than others.
const FIRST_UNFAIR: u8 = 248;

/// A source of letters, with random bytes in stock so that a large batch does not ask for each.
#[derive(Default)]
pub struct Letters {
    stock: Vec<u8>,
}

impl Letters {
    /// The next letter of the [`ALPHABET`].
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn draw(&mut self) -> Result<char, getrandom::Error> {
        loop {
            let Some(byte) = self.stock.pop() else {
                self.stock.resize(256, 0);
                getrandom::fill(&mut self.stock)?;
                continue;
            };
            let letter = ALPHABET.get(usize::from(byte) % ALPHABET.len());
            if let Some(letter) = letter.filter(|_| byte < FIRST_UNFAIR) {
                return Ok(char::from(*letter));
            }
        }
    }
}
