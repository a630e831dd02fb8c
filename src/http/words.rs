//! Dates, numbers and sizes as people say them.

use fluent_bundle::FluentValue;

use crate::types::{Date, Timestamp};

use super::messages::{plain, text};

fn weekday(date: Date) -> String {
    plain(&format!("weekday-{}", date.civil().weekday().to_monday_one_offset()))
}

fn month(date: Date) -> String {
    plain(&format!("month-{}", date.civil().month()))
}

/// "Sunday 1 March".
pub fn day(date: Date) -> String {
    let day = i64::from(date.civil().day());
    text("date-day-month", &[("weekday", weekday(date).into()), ("day", day.into()), ("month", month(date).into())])
}

/// "Sunday 1 March 2026".
pub fn full(date: Date) -> String {
    let args = [
        ("weekday", weekday(date).into()),
        ("day", i64::from(date.civil().day()).into()),
        ("month", month(date).into()),
        ("year", date.civil().year().to_string().into()),
    ];
    text("date-full", &args)
}

/// "1 March 2026".
pub fn short(date: Date) -> String {
    let args = [
        ("day", i64::from(date.civil().day()).into()),
        ("month", month(date).into()),
        ("year", date.civil().year().to_string().into()),
    ];
    text("date-short", &args)
}

/// "March 2026".
pub fn month_year(date: Date) -> String {
    format!("{} {}", month(date), date.civil().year())
}

/// "1 March 2026 at 14:05", in a zone.
pub fn moment(at: Timestamp, zone: &jiff::tz::TimeZone) -> String {
    let local = at.in_zone(zone);
    let time = format!("{:02}:{:02}", local.hour(), local.minute());
    text("date-time", &[("date", short(at.date_in(zone)).into()), ("time", time.into())])
}

/// "1 March 2026 to 2 April 2026".
pub fn period(from: Date, to: Date) -> String {
    text("period-label", &[("from", short(from).into()), ("to", short(to).into())])
}

/// "1 h 20 min", in the catalogue's words.
pub fn duration(minutes: u16) -> String {
    let number = |value: u16| FluentValue::from(i64::from(value));
    match (minutes / 60, minutes % 60) {
        (0, minutes) => text("duration-minutes", &[("minutes", number(minutes))]),
        (hours, 0) => text("duration-hours", &[("hours", number(hours))]),
        (hours, minutes) => text("duration-hours-minutes", &[("hours", number(hours)), ("minutes", number(minutes))]),
    }
}

/// "12 kB", "2.4 MB", "42.9 GB".
pub fn size(bytes: u64) -> String {
    let said = |key, size: String| text(key, &[("size", size.into())]);
    match bytes {
        0..1_000_000 => said("size-kilobytes", bytes.div_ceil(1000).to_string()),
        1_000_000..1_000_000_000 => said("size-megabytes", format!("{:.1}", bytes as f64 / 1e6)),
        _ => said("size-gigabytes", format!("{:.1}", bytes as f64 / 1e9)),
    }
}

/// "3 entries": `key` takes `$count`.
pub fn count(key: &str, count: usize) -> String {
    text(key, &[("count", i64::try_from(count).unwrap_or(i64::MAX).into())])
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn a_size_is_told_in_the_unit_that_fits() {
        let told = [0, 1, 999_000, 1_000_000, 2_449_000, 42_900_000_000].map(size);
        assert_eq!(told, ["0 kB", "1 kB", "999 kB", "1.0 MB", "2.4 MB", "42.9 GB"]);
    }
}
