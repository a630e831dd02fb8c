//! Amounts of bytes as people say them: "5 GB". A thousand bytes are a kilobyte, as on the box of a disk.

use std::{fmt, str::FromStr};

/// The units, the largest first.
const UNITS: [(&str, u64); 4] = [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000)];
/// The most that can be said: 1,000 TB.
const MOST: u64 = 1_000_000_000_000_000;

/// An amount of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(pub u64);

/// What was typed is no amount of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an amount with its unit, as in 500 MB or 2.5 GB, at most 1000 TB")]
pub struct NoAmount;

impl FromStr for Amount {
    type Err = NoAmount;

    /// A number with a unit, in any case, with or without a space; at most three digits behind the point.
    fn from_str(text: &str) -> Result<Self, NoAmount> {
        let text = text.trim().to_uppercase();
        let unit = UNITS.iter().find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, *bytes)));
        let (number, unit) = unit.ok_or(NoAmount)?;
        let (whole, part) = number.trim().split_once('.').unwrap_or((number.trim(), "0"));
        let digits = |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole, 7) || !digits(part, 3) {
            return Err(NoAmount);
        }
        let thousandths: u64 = format!("{part:0<3}").parse().map_err(|_| NoAmount)?;
        let whole: u64 = whole.parse().map_err(|_| NoAmount)?;
        let bytes = whole.checked_mul(unit).and_then(|bytes| bytes.checked_add(unit / 1_000 * thousandths));
        bytes.filter(|bytes| *bytes <= MOST).map(Self).ok_or(NoAmount)
    }
}

impl Amount {
    /// As it was typed, and can be typed again: to the byte.
    pub fn exact(self) -> String {
        let fits = |(unit, bytes): &(&'static str, u64)| {
            let thousandths = (self.0 >= *bytes && self.0.is_multiple_of(bytes / 1_000) || *bytes == 1_000)
                .then(|| self.0 / (bytes / 1_000))?;
            let part = format!("{:03}", thousandths % 1_000);
            let part = part.trim_end_matches('0');
            let point = if part.is_empty() { "" } else { "." };
            Some(format!("{}{point}{part} {unit}", thousandths / 1_000))
        };
        UNITS.iter().find_map(fits).unwrap_or_else(|| self.to_string())
    }
}

impl fmt::Display for Amount {
    /// In the largest unit that leaves a whole, with one digit behind the point where it says something.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, bytes) = UNITS.into_iter().find(|(_, bytes)| self.0 >= *bytes).unwrap_or(("KB", 1_000));
        let tenths = (u128::from(self.0) * 10).div_ceil(u128::from(bytes));
        match (tenths / 10, tenths % 10) {
            (whole, 0) => write!(f, "{whole} {unit}"),
            (whole, tenth) => write!(f, "{whole}.{tenth} {unit}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Amount, NoAmount};

    #[test]
    fn an_amount_is_read_in_any_unit_and_said_in_the_nearest() {
        for (typed, bytes, said) in [
            ("5 GB", 5_000_000_000, "5 GB"),
            ("2.5gb", 2_500_000_000, "2.5 GB"),
            (" 500 MB ", 500_000_000, "500 MB"),
            ("0.125 MB", 125_000, "125 KB"),
            ("1 TB", 1_000_000_000_000, "1 TB"),
            ("0 GB", 0, "0 KB"),
        ] {
            let size = typed.parse::<Amount>();
            assert_eq!(size, Ok(Amount(bytes)), "{typed}");
            assert_eq!(Amount(bytes).to_string(), said);
        }
        assert_eq!((Amount(1).to_string(), Amount(999_999).to_string()), ("0.1 KB".to_owned(), "1000 KB".to_owned()));
    }

    #[test]
    fn what_was_typed_is_said_to_the_byte() {
        for typed in ["1.25 GB", "2.5 GB", "500 MB", "1234.567 MB", "0.001 KB", "1 TB", "20 KB"] {
            let amount = typed.parse::<Amount>();
            assert_eq!(amount.and_then(|amount| amount.exact().parse()), amount, "{typed}");
        }
        for (typed, said) in [("1.250 GB", "1.25 GB"), ("1250 MB", "1.25 GB"), ("1234.567 MB", "1234.567 MB")] {
            assert_eq!(typed.parse().map(Amount::exact), Ok(said.to_owned()));
        }
    }

    #[test]
    fn what_is_no_amount_is_none() {
        for typed in
            ["", "5", "GB", "five GB", "-1 GB", "1.2345 GB", "1,5 GB", "1e3 GB", "9999999 TB", "1 GB 2", ". GB"]
        {
            assert_eq!(typed.parse::<Amount>(), Err(NoAmount), "{typed}");
        }
    }
}
