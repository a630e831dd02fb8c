//! Disks of this machine: what is mounted, and what could be.

use std::{
    fs::{self, DirBuilder},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

use crate::{
    cli::{backup::size, plainly},
    error::{Error, Result},
};

use super::service;

/// Where disks are usually mounted.
const USUAL: [&str; 4] = ["/mnt", "/media", "/run/media", "/srv"];
/// File systems of disks and of servers in the network.
const KINDS: [&str; 15] = [
    "ext2", "ext3", "ext4", "btrfs", "xfs", "f2fs", "vfat", "exfat", "ntfs", "ntfs3", "fuseblk", "nfs", "nfs4", "cifs",
    "zfs",
];
/// Where a disk is mounted that nobody has mounted.
const HERE: &str = "/run/hec-restore/disk";
/// Nobody but root looks in there: on a disk with FAT everything may be read.
const ABOVE: &str = "/run/hec-restore";

/// A part of a disk that holds a file system and is not mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its device, as `/dev/sda1`.
    pub device: String,
    /// What somebody called it, if they did.
    pub label: Option<String>,
    /// How much it holds, in bytes.
    pub bytes: u64,
    /// Its file system.
    pub kind: String,
}

impl Part {
    /// As people know it.
    pub fn words(&self) -> String {
        let label = self.label.as_ref().map(|label| format!(" “{label}”")).unwrap_or_default();
        format!("{}{label}, {}, {}", self.device, size(self.bytes), self.kind)
    }
}

/// The parts that could be mounted, as `blkid` finds them, with udev or without; none where it can't be asked.
pub fn parts() -> Vec<Part> {
    let answered = service::command("blkid").args(["-c", "/dev/null", "-o", "export"]).output();
    let Ok(answered) = answered else { return Vec::new() };
    let mut parts = listed(&String::from_utf8_lossy(&answered.stdout));
    let mounts = mounts();
    parts.retain(|part| {
        let number = fs::metadata(&part.device).map(|about| about.rdev()).ok();
        mounts.iter().all(|mount| mount.source != part.device && Some(mount.number) != number)
    });
    for part in &mut parts {
        let number = fs::metadata(&part.device).map(|about| about.rdev()).unwrap_or_default();
        let (major, minor) = (rustix::fs::major(number), rustix::fs::minor(number));
        let sectors = fs::read_to_string(format!("/sys/dev/block/{major}:{minor}/size")).unwrap_or_default();
        // Of 512 bytes, whatever the disk's own are.
        part.bytes = sectors.trim().parse().map_or(0, |sectors: u64| sectors.saturating_mul(512));
    }
    parts.sort_by(|one, other| one.device.cmp(&other.device));
    parts
}

/// Blocks of `NAME=VALUE`, with empty lines between.
fn listed(text: &str) -> Vec<Part> {
    let part = |block: &str| {
        let value = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        let kind = value("TYPE").filter(|kind| KINDS.contains(kind))?.to_owned();
        // As a shell would have it: with a backslash before a space.
        let label = value("LABEL").map(|label| plainly(&label.replace('\\', "")));
        Some(Part { device: value("DEVNAME")?.to_owned(), label, bytes: 0, kind })
    };
    text.split("\n\n").filter_map(part).collect()
}

/// A file system that is mounted.
#[derive(Debug, PartialEq, Eq)]
struct Mount {
    number: u64,
    at: PathBuf,
    kind: String,
    source: String,
}

fn mounts() -> Vec<Mount> {
    let text = fs::read("/proc/self/mountinfo").unwrap_or_default();
    mounts_in(&String::from_utf8_lossy(&text))
}

/// As `proc_pid_mountinfo(5)` describes them.
fn mounts_in(text: &str) -> Vec<Mount> {
    let mount = |line: &str| {
        let (about, rest) = line.split_once(" - ")?;
        let (mut about, mut rest) = (about.split(' ').skip(2), rest.split(' '));
        let (major, minor) = about.next()?.split_once(':')?;
        let number = rustix::fs::makedev(major.parse().ok()?, minor.parse().ok()?);
        // Spaces stand as octal numbers there.
        let at = PathBuf::from(about.nth(1)?.replace("\\040", " "));
        Some(Mount { number, at, kind: rest.next()?.to_owned(), source: rest.next()?.to_owned() })
    };
    text.lines().filter_map(mount).collect()
}

/// The folders under which mounted disks, and folders of servers, are found.
pub fn mounted() -> Vec<PathBuf> {
    let mut folders = folders(mounts());
    folders.retain(|folder| folder.is_dir());
    folders
}

fn folders(mounts: Vec<Mount>) -> Vec<PathBuf> {
    let is_system =
        |at: &Path| at == Path::new("/") || ["/boot", "/efi", "/usr", "/var"].iter().any(|one| at.starts_with(one));
    let disks = mounts.into_iter().filter(|mount| KINDS.contains(&mount.kind.as_str()) && !is_system(&mount.at));
    let mut all: Vec<PathBuf> = disks.map(|mount| mount.at).chain(USUAL.map(PathBuf::from)).collect();
    all.sort();
    all.dedup();
    all
}

/// A disk that is mounted as long as this lives: it can be read there, and nothing on it can be written or run.
#[derive(Debug)]
pub struct Mounted;

impl Mounted {
    /// Mounts a part.
    ///
    /// # Errors
    /// `Refused` where `mount` does not.
    pub fn part(part: &Part) -> Result<Self> {
        // What was cut off may have left one.
        unmount();
        for (folder, mode) in [(ABOVE, 0o700), (HERE, 0o755)] {
            if !Path::new(folder).is_dir() {
                let made = DirBuilder::new().mode(mode).create(folder);
                made.map_err(|error| Error::Refused(format!("{folder}: {error}")))?;
            }
        }
        service::run("mount", &["-o", "ro,nosuid,nodev,noexec", &part.device, HERE])?;
        Ok(Self)
    }

    /// Where.
    pub fn folder(&self) -> &'static Path {
        Path::new(HERE)
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        unmount();
    }
}

/// Lets the disk go that is mounted here, if one is.
pub fn unmount() {
    if mounts().iter().any(|mount| mount.at.as_path() == Path::new(HERE)) {
        // What it says is seen. Where it can't, the next one tries again.
        service::run("umount", &[HERE]).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_those_with_a_file_system() {
        let text = "DEVNAME=/dev/sda1\nLABEL=MY\\ DISK\nUUID=1\nBLOCK_SIZE=4096\nTYPE=ext4\nPARTUUID=2\n\n\
                    DEVNAME=/dev/sda2\nTYPE=swap\n\nDEVNAME=/dev/sdb\nTYPE=crypto_LUKS\n\n\
                    DEVNAME=/dev/sdc1\nTYPE=exfat\n";
        let words: Vec<String> = listed(text).iter().map(Part::words).collect();
        assert_eq!(words, ["/dev/sda1 “MY DISK”, 0 kB, ext4", "/dev/sdc1, 0 kB, exfat"]);
        assert_eq!(listed("blkid: no such option\n"), []);
    }

    #[test]
    fn folders_are_those_of_disks_and_servers_and_each_once() {
        let text = "22 1 179:2 / / rw,noatime shared:1 - ext4 /dev/root rw\n\
                    25 22 0:22 / /proc rw shared:9 - proc proc rw\n\
                    29 22 179:1 / /boot/firmware rw - vfat /dev/mmcblk0p1 rw\n\
                    31 22 8:1 / /media/olive/MY\\040DISK rw - ext4 /dev/sda1 rw\n\
                    33 22 0:41 / /home/olive/nas rw - cifs //nas/hec rw\n";
        let mounts = mounts_in(text);
        assert_eq!(mounts[3].at, Path::new("/media/olive/MY DISK"));
        assert_eq!((mounts[3].number, mounts[3].source.as_str()), (rustix::fs::makedev(8, 1), "/dev/sda1"));
        let found = ["/home/olive/nas", "/media", "/media/olive/MY DISK", "/mnt", "/run/media", "/srv"];
        assert_eq!(folders(mounts), found.map(PathBuf::from));
    }
}
