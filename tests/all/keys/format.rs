//! slots/FORMAT.md is true and enough: a reader that knows only the page finds the data key.

use std::{collections::HashMap, fs};

use aes_gcm_siv::{
    Aes256GcmSiv,
    aead::{AeadInOut, KeyInit},
};
use data_encoding::HEXLOWER;
use hec::store::slots;
use hkdf::Hkdf;
use minicbor::Decoder;
use sha2::{Digest, Sha256};

use super::Machine;

const FORMAT: &str = include_str!("../../../src/store/slots/FORMAT.md");

fn tables() -> HashMap<&'static str, Vec<usize>> {
    let rows = FORMAT.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        (cells.next().unwrap().trim_matches('`'), cells.map_while(|cell| cell.parse().ok()).collect())
    })
    .collect()
}

#[test]
fn the_page_has_the_codes_numbers() {
    let tables = tables();
    assert_eq!(tables["magic"], [0, slots::MAGIC.len()]);
    assert_eq!(tables["body"], [slots::HEAD]);
    for (text, number) in [
        ("at most ", slots::MAX),
        ("array of at most ", slots::MOST),
        ("cost above ", slots::Cost::MOST.memory as usize),
        ("KiB or ", slots::Cost::MOST.passes as usize),
        ("format, version ", usize::from(slots::VERSION)),
    ] {
        assert!(FORMAT.contains(&format!("{text}{number}")), "{text}{number}");
    }
    assert_eq!((slots::GROUPS, slots::GROUP, slots::SUM), (8, 5, 32));
}

fn hkdf(salt: Option<&[u8]>, input: &[u8], purpose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(salt, input).expand(format!("hec key slot 1: {purpose}").as_bytes(), &mut key).unwrap();
    key
}

#[test]
fn a_reader_that_knows_only_the_page_finds_the_data_key() {
    let machine = Machine::new();
    machine.init();
    let file = fs::read(machine.data().join("hec.keys")).unwrap();
    assert_eq!(&file[..8], b"HECkeys\x1a");
    let length = u32::from_le_bytes(file[10..14].try_into().unwrap()) as usize;
    let (signed, sum) = file.split_at(14 + length);
    assert_eq!(Sha256::digest(signed).as_slice(), sum);
    let body = &signed[14..];

    let text = fs::read_to_string(machine.key_file()).unwrap();
    let line = text.lines().find(|line| line.starts_with("hec-key-1 ")).unwrap();
    let key = HEXLOWER.decode(line.split(' ').nth(2).unwrap().as_bytes()).unwrap();
    assert_eq!(HEXLOWER.encode(&hkdf(None, &key, "key file id")[..8]), line.split(' ').nth(1).unwrap());

    let mut decoder = Decoder::new(body);
    assert_eq!(decoder.array().unwrap(), Some(3));
    assert!(decoder.u64().unwrap() >= 1);
    assert_eq!(decoder.u32().unwrap(), 3, "two slots have come");
    assert_eq!(decoder.array().unwrap(), Some(2));
    let begin = decoder.position();
    assert_eq!(decoder.array().unwrap(), Some(9));
    assert_eq!((decoder.u32().unwrap(), decoder.u8().unwrap()), (1, 0));
    assert!(decoder.i64().unwrap() > 1_700_000_000_000);
    assert_eq!(decoder.bytes().unwrap(), &hkdf(None, &key, "key file id")[..8]);
    decoder.null().unwrap();
    let name = decoder.bytes().unwrap();
    let (salt, nonce, wrapped) = (decoder.bytes().unwrap(), decoder.bytes().unwrap(), decoder.bytes().unwrap());

    let mut bound = b"hec key slot 1: ".to_vec();
    bound.extend_from_slice(&body[begin..decoder.position() - 48]);
    bound.extend_from_slice(&[0; 48]);
    let mut data_key = wrapped[..32].to_vec();
    let tag: [u8; 16] = wrapped[32..].try_into().unwrap();
    let nonce: [u8; 12] = nonce.try_into().unwrap();
    let cipher = Aes256GcmSiv::new(&hkdf(Some(salt), &key, "key file").into());
    cipher.decrypt_inout_detached(&nonce.into(), &bound, data_key.as_mut_slice().into(), &tag.into()).unwrap();

    let mut id = [0; 8];
    Hkdf::<Sha256>::new(None, &data_key).expand(b"hec sealed file 1: key id", &mut id).unwrap();
    assert_eq!(name, id);
    let store = fs::read(machine.data().join("hec.store")).unwrap();
    assert_eq!(store[40..48], id, "the store's superblock asks for this key");
}
