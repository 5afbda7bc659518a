//! The currencies of ISO 4217 and how many decimals each has.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A currency of ISO 4217 with its true number of decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: &'static str,
    exponent: u8,
}

/// The active codes of ISO 4217 that have minor units, by their number of decimals.
/// (Gold, special drawing rights and the like have none and cannot be charged.)
const CODES: [(u8, &str); 4] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE \
         CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD \
         HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK \
         MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD \
         RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH \
         USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

impl Currency {
    /// The currency with this code, in upper or lower case; `None` if ISO 4217 has no such code today.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let code = code.trim();
        Self::all().find(|currency| currency.code.eq_ignore_ascii_case(code))
    }

    /// Every currency, by number of decimals, then by code.
    pub fn all() -> impl Iterator<Item = Self> {
        CODES
            .iter()
            .flat_map(|&(exponent, codes)| codes.split_ascii_whitespace().map(move |code| Self { code, exponent }))
    }

    /// The three letters: `CHF`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.code
    }

    /// How many decimals an amount has: 0 to 4.
    #[must_use]
    pub const fn exponent(self) -> u8 {
        self.exponent
    }

    /// Writes minor units as [`parse`](super::parse) reads them, with all decimals and no grouping: `1234.50`.
    #[must_use]
    pub fn format(self, amount: i64) -> String {
        let width = usize::from(self.exponent);
        let sign = if amount < 0 { "-" } else { "" };
        let unit = 10_u64.pow(u32::from(self.exponent));
        let (whole, rest) = (amount.unsigned_abs() / unit, amount.unsigned_abs() % unit);
        if width == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest:0width$}") }
    }

    /// The amount with this currency, for printing.
    #[must_use]
    pub const fn money(self, amount: i64) -> super::Money {
        super::Money { amount, currency: self }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code)
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::from_code(&code).ok_or_else(|| D::Error::custom(format!("{code:?} is no currency of ISO 4217")))
    }
}
