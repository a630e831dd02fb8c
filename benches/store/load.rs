//! What else the machine did meanwhile.

use std::fs;

/// Ticks of all processors, and of this process.
#[derive(Clone, Copy)]
pub struct Load {
    busy: u64,
    all: u64,
    own: u64,
}

impl Load {
    pub fn begin() -> Self {
        let numbers = |text: &str| text.split_whitespace().filter_map(|word| word.parse().ok()).collect::<Vec<u64>>();
        let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
        let cpu = numbers(stat.lines().next().unwrap_or_default().trim_start_matches("cpu"));
        let all = cpu.iter().take(8).sum();
        // Idle, and waiting for disks.
        let idle: u64 = cpu.iter().skip(3).take(2).sum();
        // The name, which may hold anything, ends with the last bracket; user and system time come twelfth after it.
        let own = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let own = own.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        Self { busy: all - idle, all, own: own.filter_map(|word| word.parse::<u64>().ok()).sum() }
    }

    /// A line about the time since then.
    pub fn end(self) -> String {
        let now = Self::begin();
        let all = (now.all - self.all).max(1);
        let foreign = (now.busy - self.busy).saturating_sub(now.own - self.own) * 100 / all;
        let average = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        format!("Others used {foreign} % of the processors meanwhile (loadavg {}).", average.trim())
    }
}
