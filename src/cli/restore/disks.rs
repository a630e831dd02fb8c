//! Disks of this machine: what is mounted, and what could be.

use std::{
    fs::{self, DirBuilder},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;

use crate::{cli::backup::size, error::Result};

use super::service;

/// Where disks are usually mounted.
const USUAL: [&str; 4] = ["/mnt", "/media", "/run/media", "/srv"];
/// File systems of disks and of servers in the network.
const KINDS: [&str; 15] = [
    "ext2", "ext3", "ext4", "btrfs", "xfs", "f2fs", "vfat", "exfat", "ntfs", "ntfs3", "fuseblk", "nfs", "nfs4", "cifs",
    "zfs",
];
/// Where a disk is mounted that nobody has mounted.
const HERE: &str = "/run/hec-restore";

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

#[derive(Deserialize)]
struct Listed {
    blockdevices: Vec<Device>,
}

#[derive(Deserialize)]
struct Device {
    path: String,
    label: Option<String>,
    size: Option<u64>,
    fstype: Option<String>,
    #[serde(default)]
    mountpoints: Vec<Option<String>>,
    #[serde(default)]
    children: Vec<Self>,
}

/// The parts that could be mounted, as `lsblk` knows them; none where it can't be asked.
pub fn parts() -> Vec<Part> {
    let asked = ["--json", "--bytes", "--output", "PATH,LABEL,SIZE,FSTYPE,MOUNTPOINTS"];
    let answered = Command::new("lsblk").args(asked).output().ok().filter(|answer| answer.status.success());
    answered.map(|answer| listed(&answer.stdout)).unwrap_or_default()
}

fn listed(json: &[u8]) -> Vec<Part> {
    let mut devices = serde_json::from_slice::<Listed>(json).map(|listed| listed.blockdevices).unwrap_or_default();
    let mut parts: Vec<Part> = Vec::new();
    while let Some(device) = devices.pop() {
        devices.extend(device.children);
        let is_mounted = device.mountpoints.iter().any(Option::is_some);
        let Some(kind) = device.fstype.filter(|kind| KINDS.contains(&kind.as_str()) && !is_mounted) else { continue };
        // A mirror's halves hold the same file system: each device once.
        if parts.iter().all(|part| part.device != device.path) {
            parts.push(Part { device: device.path, label: device.label, bytes: device.size.unwrap_or_default(), kind });
        }
    }
    parts.sort_by(|one, other| one.device.cmp(&other.device));
    parts
}

/// The folders under which mounted disks, and folders of servers, are found.
pub fn mounted() -> Vec<PathBuf> {
    mounts(&fs::read_to_string("/proc/self/mounts").unwrap_or_default())
}

fn mounts(text: &str) -> Vec<PathBuf> {
    let system = |path: &str| path == "/" || ["/boot", "/efi", "/usr", "/var"].iter().any(|one| path.starts_with(one));
    let mount = |line: &str| {
        let mut fields = line.split(' ');
        let (at, kind) = (fields.nth(1)?, fields.next()?);
        // Spaces stand as octal numbers there.
        let at = at.replace("\\040", " ");
        (KINDS.contains(&kind) && !system(&at) && Path::new(&at).is_dir()).then(|| PathBuf::from(at))
    };
    let mut all: Vec<PathBuf> = text.lines().filter_map(mount).chain(USUAL.map(PathBuf::from)).collect();
    all.sort();
    // What lies below another one is found there.
    all.dedup_by(|one, before| one.starts_with(&*before));
    all
}

/// A disk that is mounted as long as this lives: it can be read there, and nothing on it can be changed or run.
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
        if !Path::new(HERE).is_dir() {
            DirBuilder::new().mode(0o755).create(HERE)?;
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

fn unmount() {
    let text = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let is_mounted = text.lines().any(|line| line.split(' ').nth(1) == Some(HERE));
    if is_mounted && let Err(error) = service::run("umount", &[HERE]) {
        tracing::warn!(%error, "the disk is still mounted");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_could_be_mounted_are_found_under_their_disks() {
        let json = br#"{"blockdevices": [
            {"path":"/dev/sda","label":null,"size":1000204886016,"fstype":null,"mountpoints":[null], "children": [
                {"path":"/dev/sda1","label":"BACKUP","size":1000203820544,"fstype":"ext4","mountpoints":[null]},
                {"path":"/dev/sda2","label":null,"size":1024,"fstype":"swap","mountpoints":[null]}]},
            {"path":"/dev/sdb","label":null,"size":2000,"fstype":"exfat","mountpoints":[null]},
            {"path":"/dev/sdc1","label":null,"size":2000,"fstype":"ext4","mountpoints":["/media/stick"]},
            {"path":"/dev/sr0","size":2000,"fstype":null}
        ]}"#;
        let words: Vec<String> = listed(json).iter().map(Part::words).collect();
        assert_eq!(words, ["/dev/sda1 “BACKUP”, 1000.2 GB, ext4", "/dev/sdb, 2 kB, exfat"]);
        assert_eq!(listed(b"lsblk: no such option"), []);
    }

    #[test]
    fn folders_are_those_of_disks_and_servers_and_each_once() {
        let text = "\
            /dev/mmcblk0p2 / ext4 rw 0 0\nproc /proc proc rw 0 0\n/dev/mmcblk0p1 /boot/firmware vfat rw 0 0\n\
            /dev/sda1 /media/olive/MY\\040DISK ext4 rw 0 0\n";
        let found = mounts(text);
        assert_eq!(found, USUAL_SORTED.map(PathBuf::from));
    }

    const USUAL_SORTED: [&str; 4] = ["/media", "/mnt", "/run/media", "/srv"];
}
