//! What holds for every form that is turned into text: whatever the sizes of what is read, and whatever is wrong
//! with the bytes.

use std::io::Read;

use super::Event;
use super::evtx_file::{Written, file};
use crate::source::{Format, Providers};

fn xml(number: usize) -> String {
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P{number}'/>\
         <EventID>{number}</EventID><Level>2</Level><TimeCreated SystemTime='2024-03-14T02:11:21Z'/></System>\
         <EventData><Data Name='x'>{}</Data></EventData></Event>\r\n",
        "ü&lt;".repeat(number % 300)
    )
}

fn table(number: usize) -> String {
    let message = "wörter \"\"in\"\" Zeilen\r\n".repeat(number % 40);
    format!("Error,3/14/2024 2:11:21 AM,P{number},{number},None,\"{message}\"\r\n")
}

const HEADER: &str = "Level,Date and Time,Source,Event ID,Task Category\r\n";

/// Gives a few bytes at a time, and errors of the kind that are to be tried again.
struct Drops<'b>(&'b [u8], usize);

impl Read for Drops<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.1 += 1;
        if self.1.is_multiple_of(5) {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let count = (self.1 % 4000 + 1).min(into.len());
        self.0.read(&mut into[..count])
    }
}

fn decode(bytes: &[u8], reader: &mut dyn Read) -> Option<(String, Vec<String>, u64)> {
    let mut decoder = Event.decoder(bytes, reader, &Providers::All)?;
    let mut text = Vec::new();
    decoder.read_to_end(&mut text).unwrap();
    let text = String::from_utf8(text).expect("UTF-8");
    Some((text, decoder.losses(), decoder.ledger().records))
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

#[test]
fn it_does_not_matter_how_much_is_read_at_once() {
    const MANY: usize = 1200;
    let lines: String = (1..=MANY).map(xml).collect();
    let rows: String = HEADER.to_owned() + &(1..=MANY).map(table).collect::<String>();
    for bytes in [utf16(&lines), lines.into_bytes(), utf16(&rows), rows.into_bytes()] {
        let (text, losses, records) = decode(&bytes, &mut &bytes[..]).unwrap();
        assert_eq!((losses, records), (vec![], MANY as u64));
        let ids = text.lines().filter_map(|it| it.strip_prefix("  Event ID: "));
        assert!(ids.eq((1..=MANY).map(|it| it.to_string())), "all in their order");
        assert!(decode(&bytes, &mut Drops(&bytes, 0)).unwrap().0 == text);
    }
}

#[test]
fn no_damage_to_text_ends_the_run() {
    // A generator with a fixed seed: the same mutations in every run.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let samples = [
        (1..9).map(xml).collect::<String>().into_bytes(),
        utf16(&(1..9).map(xml).collect::<String>()),
        (HEADER.to_owned() + &(1..9).map(table).collect::<String>()).into_bytes(),
        file(&[vec![Written {
            provider: "P",
            id: 1,
            level: 2,
            record: 1,
            time: "2024-03-14T02:11:21",
            log: "System",
            computer: "SRV09",
            data: &[],
            user_data: None,
        }]]),
    ];
    let odd = *b"<>&\"',;#\n\r\t\0!/=[]-x";
    for round in 0..1500 {
        let mut bytes = samples[round % samples.len()].clone();
        for _ in 0..=random(20) {
            let at = random(bytes.len().min(6000));
            match random(4) {
                0 => bytes[at] = odd[random(odd.len())],
                1 => bytes[at] = random(256) as u8,
                2 => bytes.insert(at, odd[random(odd.len())]),
                _ => drop(bytes.drain(at..(at + random(40)).min(bytes.len()))),
            }
        }
        let Some((text, ..)) = decode(&bytes, &mut &bytes[..]) else { continue };
        // Whatever was read: each event is one, and can be parsed.
        for record in text.split_inclusive('\n').filter(|it| Event.starts_record(it.as_bytes())) {
            assert!(Event.number(record).is_some(), "{record}");
        }
        Event.record(&text);
    }
}
