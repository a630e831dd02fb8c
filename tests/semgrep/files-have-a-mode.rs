fn keep(path: &Path) {
    // ruleid: files-have-a-mode
    let file = File::create(path)?;
    // ruleid: files-have-a-mode
    std::fs::write(path, b"key")?;
    // ruleid: files-have-a-mode
    fs::create_dir_all(path)?;
    // ruleid: files-have-a-mode
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    // ok: files-have-a-mode
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    // ruleid: files-have-a-mode
    let file = fs::File::options().write(true).create(true).open(path)?;
    // ok: files-have-a-mode
    let file = fs::File::options().write(true).create(true).mode(0o600).open(path)?;
    // ok: files-have-a-mode
    let file = OpenOptions::new().read(true).open(path)?;
    // ok: files-have-a-mode
    let folder = DirBuilder::new().mode(0o700).create(path)?;
    // ok: files-have-a-mode
    let sealed = SealedFile::create(disk, &key, cipher)?;
}

#[cfg(test)]
mod tests {
    fn made() {
        // ok: files-have-a-mode
        fs::write(path, b"key").unwrap();
    }
}
