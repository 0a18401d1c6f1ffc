//! What 7z archives are made of to keep a decoder busy.

use std::io::Cursor;

use super::super::Fused;
use super::*;

/// Found by fuzzing: properties that no LZMA2 stream can have. The decoder says so once; asked again, it never ends.
#[test]
fn a_decoder_that_has_failed_is_not_asked_again() {
    let start =
        b"7z\xBC\xAF\x27\x1C\0\x04\xEB\x04\x6E\x18\xD8\0\0\0\0\0\0\0\x5A\0\0\0\0\0\0\0\x10\x78\xE0\x3F";
    let mut packed = b"\xE0\x08\xA2\0\xE8\xFB".to_vec();
    packed.resize(216, 0);
    let contents = b"\x01\x04\x06\0\x01\x09\x80\xD8\0\x07\x0B\x01\0\x01\x21\x21\x01\0\x0C\x88\xA3\0\x08\x0A\x01\x0B\
        \x2D\xEB\xE9\0\0\x05\x01\x19\x0A\0\0\0\0\0\0\0\0\0\0\x11\x15\0s\0m\0a\0l\0l\0.\0t\0x\0t\0\0\0\x14\x0A\x01\0\
        \x5B\xBC\xB0\xD8\x2F\x7B\xDD\x01\x15\x06\x01\0\x20\x80\xA4\x81\0\0";
    let archive = [&start[..], &packed, contents].concat();
    let mut told = Vec::new();
    let mut show = |it: Told<'_>| {
        if let Told::File(it) = it {
            let mut read = || it.reader.read(&mut [0; 100]).unwrap_err().to_string();
            told.push((it.name.to_owned(), read(), read()));
        }
        true
    };
    let Walk::Seeking(walk) = SEVEN.walk else { unreachable!() };
    walk(&mut Cursor::new(&archive), &With { path: "a.7z", passwords: &[] }, &mut show).unwrap();
    let reason = "its compressed data is damaged: corrupted input data (LZMA2:3)".to_owned();
    assert_eq!(told, [("small.txt".to_owned(), reason.clone(), reason)]);
}

#[test]
fn what_has_failed_fails_again() {
    struct Once(bool);
    impl Read for Once {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            assert!(!std::mem::replace(&mut self.0, true), "asked again");
            Err(io::Error::new(ErrorKind::UnexpectedEof, "it ends"))
        }
    }
    let mut once = Once(false);
    let mut fused = Fused::new(&mut once);
    for _ in 0..3 {
        let error = fused.read(&mut [0]).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::UnexpectedEof, "it ends"));
    }
}
