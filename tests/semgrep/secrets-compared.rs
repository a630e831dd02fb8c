fn fits(row: &Row, presented: &str) -> bool {
    // ruleid: secrets-compared
    if row.hash == hash_secret(presented) {
        return true;
    }
    // ruleid: secrets-compared
    if presented != row.token {
        return false;
    }
    // ruleid: secrets-compared
    if *csrf_token == presented {
        return true;
    }
    // ruleid: secrets-compared
    if given.secret() == row.id {
        return true;
    }
    // ok: secrets-compared
    if row.hash.len() != 32 || row.tokens == 3 {
        return false;
    }
    // ok: secrets-compared
    if opener.kind() == Kind::Passphrase {
        return false;
    }
    // ok: secrets-compared
    row.hash.ct_eq(&hash_secret(presented)).into()
}

#[cfg(test)]
mod tests {
    fn equal() {
        // ok: secrets-compared
        let same = row.hash == other.hash;
    }
}
