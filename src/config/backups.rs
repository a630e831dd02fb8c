//! The file that says where backups go: one that was named, or what lies in the usual places whenever somebody looks.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

/// Where the file of destinations is, or may come to be. Copies of this know the same.
#[derive(Debug, Clone, Default)]
pub struct Backups {
    /// The file that was named, or found.
    file: Arc<OnceLock<PathBuf>>,
    /// Where one is looked for until then.
    places: Vec<PathBuf>,
}

impl Backups {
    /// Whatever lies in the first of these places where there is anything. While there is nothing it is looked for each
    /// time; what was found once stays the file, so that it counts as missing when it goes.
    pub fn usual(places: Vec<PathBuf>) -> Self {
        Self { places, ..Self::default() }
    }

    /// The file, as an [`Option`] would give it: named whether it is there or not; otherwise one that is there.
    pub fn as_deref(&self) -> Option<&Path> {
        if let Some(file) = self.file.get() {
            return Some(file);
        }
        let found = self.places.iter().find(|path| path.exists())?;
        Some(self.file.get_or_init(|| found.clone()))
    }
}

/// A file that was named.
impl From<PathBuf> for Backups {
    fn from(named: PathBuf) -> Self {
        Self { file: Arc::new(OnceLock::from(named)), places: Vec::new() }
    }
}
