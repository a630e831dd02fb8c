//! Where backups lie on this machine's disks: for whoever named a folder that is one too high, or one too low. And what is
//! said where there is none.

use std::{
    collections::VecDeque,
    fs,
    path::{Path, PathBuf},
};

use crate::error::Error;

use super::Place;

/// So many folders are read in one search, however many there are,
const FOLDERS: usize = 2_000;
/// and so many names in each of them.
const NAMES: usize = 10_000;
/// So far below a folder that somebody named it is looked.
const DEPTH: usize = 3;
/// So many folders are named.
const TOLD: usize = 3;

/// That there is no backup at a place: where it was looked, and where one lies instead, if that can be seen.
pub fn none(place: &Place) -> Error {
    let none = format!("{}: there is no backup in {}", place.name(), place.address());
    let Some(folder) = place.folder() else { return Error::Refused(none) };
    let near: Vec<String> = near(folder).iter().take(TOLD).map(|path| quoted(path)).collect();
    Error::Refused(match near.as_slice() {
        [] => format!("{none}. Is that the right folder, and is its disk plugged in and mounted?"),
        [one] => format!("{none}; one lies in {one}: --from {one}"),
        [first, ..] => format!("{none}; there are some in {}: --from {first}, for example", near.join(" and ")),
    })
}

/// As a shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,@:".contains(c);
    if path.chars().all(is_plain) { path } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

/// The folders with backups: this one, or those up to so many levels below it, the nearest first. No symbolic link is
/// followed below it, and what can't be read is passed over; within a folder with backups it is not looked for more.
pub fn below(folder: &Path, depth: usize) -> Vec<PathBuf> {
    search(folder, depth, FOLDERS)
}

fn search(folder: &Path, depth: usize, mut left: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = VecDeque::from([(folder.to_owned(), 0)]);
    while let Some((folder, level)) = waiting.pop_front() {
        if left == 0 {
            break;
        }
        let inside = folders(&folder, &mut left);
        let backups = inside.iter().find(|path| path.ends_with("backups"));
        if backups.is_some_and(|backups| has_head(backups, &mut left)) {
            found.push(folder);
        } else if level < depth {
            waiting.extend(inside.into_iter().map(|path| (path, level + 1)));
        }
    }
    found
}

/// Where backups lie near a folder that somebody named and that holds none: up to three levels below, else in one of those
/// that it lies in.
pub fn near(folder: &Path) -> Vec<PathBuf> {
    let below = below(folder, DEPTH);
    if !below.is_empty() {
        return below;
    }
    let above = folder.ancestors().skip(1).filter(|path| path.is_absolute());
    above.filter(|path| self::below(path, 0).len() == 1).map(Path::to_owned).take(1).collect()
}

/// Whether one of the folders in it is a backup: has a head.
fn has_head(backups: &Path, left: &mut usize) -> bool {
    let is_file = |path: PathBuf| fs::symlink_metadata(path).is_ok_and(|about| about.is_file());
    folders(backups, left).into_iter().any(|backup| is_file(backup.join("head")))
}

/// The folders in a folder, by their names.
fn folders(folder: &Path, left: &mut usize) -> Vec<PathBuf> {
    if *left == 0 {
        return Vec::new();
    }
    *left -= 1;
    let entries = fs::read_dir(folder).into_iter().flatten().take(NAMES).filter_map(Result::ok);
    let is_folder = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    let mut found: Vec<PathBuf> = entries.filter(is_folder).map(|entry| entry.path()).collect();
    found.sort_unstable();
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn backup(at: &Path) {
        let one = at.join("backups/20261126T023000Z-000001");
        fs::create_dir_all(&one).unwrap();
        fs::write(one.join("head"), b"head").unwrap();
    }

    #[test]
    fn backups_are_found_in_a_folder_and_up_to_so_many_levels_below_it() {
        let top = tempfile::tempdir().unwrap();
        let (near, deep) = (top.path().join("usb/hec"), top.path().join("a/b/c"));
        assert_eq!(below(top.path(), 3), Vec::<PathBuf>::new());
        backup(&near);
        backup(&deep);
        assert_eq!(below(top.path(), 3), [near.clone(), deep.clone()], "the nearest first");
        assert_eq!(below(top.path(), 2), std::slice::from_ref(&near));
        assert_eq!(below(&near, 0), std::slice::from_ref(&near), "the folder itself counts");
        assert_eq!(below(&top.path().join("nowhere"), 3), Vec::<PathBuf>::new());
        // A folder of that name without a head is none, nor is what a link leads to.
        fs::create_dir_all(top.path().join("other/backups/20261126T023000Z-000002")).unwrap();
        std::os::unix::fs::symlink(&near, top.path().join("link")).unwrap();
        assert_eq!(below(top.path(), 3), [near, deep]);
    }

    #[test]
    fn backups_are_found_where_the_named_folder_lies_in_their_own() {
        let top = tempfile::tempdir().unwrap();
        let hec = top.path().join("usb/hec");
        backup(&hec);
        fs::create_dir(hec.join("packs")).unwrap();
        let one = hec.join("backups/20261126T023000Z-000001");
        for named in [hec.join("packs"), hec.join("backups"), one] {
            assert_eq!(near(&named), std::slice::from_ref(&hec), "{}", named.display());
        }
        assert_eq!(near(&top.path().join("usb")), [hec]);
    }

    #[test]
    fn a_path_is_told_as_a_shell_takes_it() {
        assert_eq!(quoted(Path::new("/mnt/usb/hec")), "/mnt/usb/hec");
        assert_eq!(quoted(Path::new("/media/Ana's stick")), r"'/media/Ana'\''s stick'");
    }

    #[test]
    fn a_search_comes_to_an_end_however_many_folders_there_are() {
        let top = tempfile::tempdir().unwrap();
        let folder = |number: usize| top.path().join(number.to_string());
        (10..40).for_each(|number| fs::create_dir(folder(number)).unwrap());
        backup(&folder(11));
        backup(&folder(39));
        assert_eq!(search(top.path(), 3, 20), [folder(11)]);
        assert_eq!(below(top.path(), 3), [folder(11), folder(39)]);
    }
}
