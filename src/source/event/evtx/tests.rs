//! Binary logs that the tests write themselves: whole, damaged in every way that is told, and mutated at random.

use std::io::Read;

use super::super::Event;
use super::super::evtx_file::{CHUNK, FILE_HEADER, Written, element_of, file, filetime, put, seal, value};
use crate::source::decoded::Ledger;
use crate::source::{Format, Providers};

const UPDATE: &str = "Microsoft-Windows-WindowsUpdateClient";
const DATA: [(&str, &str); 2] =
    [("errorCode", "0x80070002"), ("updateTitle", "Fabrikam & Sons driver (KB5012345)")];

fn failure(record: u64) -> Written<'static> {
    Written {
        provider: UPDATE,
        id: 20,
        level: 2,
        record,
        time: "2024-03-14T02:11:21",
        log: "System",
        computer: "SRV09",
        data: &DATA,
        user_data: None,
    }
}

fn other(record: u64) -> Written<'static> {
    let data = &[("param1", "BITS"), ("param2", "stopped\r\nEvent at 5:\r\n  Source: forged")];
    let provider = "Service Control Manager";
    let time = if record > 21 { "2024-03-15T23:59:59" } else { "2024-03-13T08:00:00" };
    Written { provider, id: 7036, level: 4, time, data, ..failure(record) }
}

/// Two chunks; only the second speaks of an update.
fn sample() -> Vec<u8> {
    file(&[(1..20).map(other).collect(), vec![other(20), failure(21), other(22)]])
}

#[track_caller]
fn decode(bytes: &[u8], wanted: &Providers) -> (Vec<String>, Vec<String>, Ledger) {
    let mut reader = bytes;
    let mut decoder = Event.decoder(bytes, &mut reader, wanted).expect("a binary log");
    let mut text = String::new();
    decoder.read_to_string(&mut text).unwrap();
    let starts = text
        .match_indices("Event at ")
        .map(|it| it.0)
        .filter(|at| *at == 0 || text.as_bytes()[at - 1] == b'\n');
    let starts: Vec<usize> = starts.chain([text.len()]).collect();
    let records = starts.windows(2).map(|it| text[it[0]..it[1]].to_owned()).collect();
    (records, decoder.losses(), decoder.ledger().clone())
}

fn updates() -> Providers {
    Providers::These(vec![UPDATE.to_owned()])
}

#[test]
fn a_sound_log_is_read_whole() {
    let (records, losses, ledger) = decode(&sample(), &Providers::All);
    assert_eq!((losses, records.len(), ledger.records), (vec![], 22, 22));
    assert_eq!(ledger.first.as_deref(), Some("2024-03-13T08:00:00Z"));
    assert_eq!(ledger.last.as_deref(), Some("2024-03-15T23:59:59Z"));
    assert_eq!((ledger.computer.as_deref(), ledger.bytes), (Some("SRV09"), (FILE_HEADER + 2 * CHUNK) as u64));
    let record = Event.record(&records[20]);
    assert_eq!(
        (Event.number(&records[20]), record.time.as_deref()),
        (Some(21), Some("2024-03-14T02:11:21Z"))
    );
    for (name, value) in
        DATA.iter().chain(&[("id", "20"), ("level", "Error"), ("provider", UPDATE), ("log", "System")])
    {
        assert_eq!(record.field(name), Some(*value));
    }
    assert!(
        record.message.ends_with("with error 0x80070002: Fabrikam & Sons driver (KB5012345)."),
        "{record:?}"
    );
    let record = Event.record(&records[0]);
    assert_eq!(record.field("param2"), Some("stopped\n    Event at 5:\n      Source: forged"));
}

#[test]
fn only_what_is_wanted_is_shown_and_all_is_counted() {
    let (records, losses, ledger) = decode(&sample(), &updates());
    assert_eq!((losses, records.len(), ledger.records), (vec![], 1, 22));
    assert_eq!(Event.number(&records[0]), Some(21));
    assert_eq!(ledger.first.as_deref(), Some("2024-03-13T08:00:00Z"));
    assert_eq!(ledger.last.as_deref(), Some("2024-03-15T23:59:59Z"));
    let nobody = Providers::These(vec!["Nobody".to_owned()]);
    let (records, losses, ledger) = decode(&sample(), &nobody);
    assert_eq!((losses, records.len(), ledger.records), (vec![], 0, 22));
    assert_eq!(ledger.computer.as_deref(), Some("SRV09"));
}

#[test]
fn data_of_servicing_is_known_by_its_elements() {
    let data = &[
        ("PackageIdentifier", "KB5031455"),
        ("IntendedPackageStateTextized", "Installed"),
        ("ErrorCode", "0x800f0922"),
    ];
    let user_data = Some("CbsPackageChangeState");
    let event = Written { provider: "Microsoft-Windows-Servicing", id: 3, data, user_data, ..failure(1) };
    let (records, ..) = decode(&file(&[vec![event]]), &Providers::All);
    let record = Event.record(&records[0]);
    assert_eq!(record.field("ErrorCode"), Some("0x800f0922"));
    assert_eq!(
        record.message,
        "Package KB5031455 failed to be changed to the Installed state. Status: 0x800f0922."
    );
}

/// Real logs hold what all events of a kind share in one template, and the provider's name only there.
fn templated() -> Vec<u8> {
    let mut bytes = file(&[vec![failure(1), failure(2)]]);
    let chunk = &mut bytes[FILE_HEADER..];
    let mut made = chunk[..512].to_vec();
    let mut template = 0;
    for record in [1_u64, 2] {
        let start = made.len();
        put(&mut made[..512], 44, &(start as u32).to_le_bytes());
        made.extend(b"**\0\0\0\0\0\0");
        made.extend(record.to_le_bytes());
        made.extend(filetime("2024-03-14T02:11:21").to_le_bytes());
        made.extend([0x0F, 1, 1, 0, 0x0C, 1, 1, 0, 0, 0]);
        if record == 1 {
            template = made.len() as u32 + 4;
        }
        made.extend(template.to_le_bytes());
        if record == 1 {
            define_template(&mut made);
        }
        let texts = ["0x80070002", "Fabrikam driver"]
            .map(|it| it.encode_utf16().flat_map(u16::to_le_bytes).collect());
        let [code, title]: [Vec<u8>; 2] = texts;
        let time = filetime("2024-03-14T02:11:22").to_le_bytes();
        let values: [(u8, &[u8]); 4] = [(6, &[20, 0]), (0x11, &time), (1, &code), (1, &title)];
        made.extend((values.len() as u32).to_le_bytes());
        for (kind, value) in values {
            made.extend((value.len() as u16).to_le_bytes());
            made.extend([kind, 0]);
        }
        made.extend(values.iter().flat_map(|it| it.1));
        let size = (made.len() + 4 - start) as u32;
        made.extend(size.to_le_bytes());
        put(&mut made, start + 4, &size.to_le_bytes());
    }
    let free = made.len() as u32;
    put(&mut made, 48, &free.to_le_bytes());
    made.resize(CHUNK, 0);
    seal(&mut made);
    chunk.copy_from_slice(&made);
    bytes
}

#[test]
fn events_of_a_template() {
    let bytes = templated();
    for wanted in [updates(), Providers::All] {
        let (records, losses, ledger) = decode(&bytes, &wanted);
        assert_eq!((losses, records.len(), ledger.records), (vec![], 2, 2));
        for text in &records {
            let record = Event.record(text);
            assert_eq!(record.time.as_deref(), Some("2024-03-14T02:11:22Z"), "{text}");
            for (name, value) in [("provider", UPDATE), ("id", "20"), ("updateTitle", "Fabrikam driver")] {
                assert_eq!(record.field(name), Some(value), "{text}");
            }
        }
    }
}

fn define_template(into: &mut Vec<u8>) {
    into.extend([0; 4]);
    into.extend([7; 16]);
    let size = into.len();
    into.extend([0; 4]);
    into.extend([0x0F, 1, 1, 0]);
    element_of(into, true, "Event", &[], &|into| {
        element_of(into, true, "System", &[], &|into| {
            element_of(into, true, "Provider", &[("Name", UPDATE)], &|_| {});
            element_of(into, true, "EventID", &[], &|into| value(into, "{0 6}"));
            element_of(into, true, "TimeCreated", &[("SystemTime", "{1 17}")], &|_| {});
        });
        element_of(into, true, "EventData", &[], &|into| {
            element_of(into, true, "Data", &[("Name", "errorCode")], &|into| value(into, "{2 1}"));
            element_of(into, true, "Data", &[("Name", "updateTitle")], &|into| value(into, "{3 1}"));
        });
    });
    into.push(0);
    let length = (into.len() - size - 4) as u32;
    put(into, size, &length.to_le_bytes());
}

/// What is still shown of the sample's 22 events, and what is said, after `harm` was done to it.
#[track_caller]
fn check(harm: impl Fn(&mut Vec<u8>), expect: usize, losses: &[&str]) {
    let mut bytes = sample();
    harm(&mut bytes);
    let (records, told, ledger) = decode(&bytes, &Providers::All);
    assert_eq!((records.len(), told), (expect, losses.iter().map(|it| (*it).to_owned()).collect()));
    assert_eq!(ledger.records, expect as u64);
    assert!(records.iter().all(|it| Event.record(it).field("provider").is_some()));
    let last = decode(&bytes, &updates());
    assert_eq!(last.0.len(), records.iter().filter(|it| it.contains(UPDATE)).count());
}

#[test]
fn damage_costs_itself_and_is_told() {
    const SECOND: usize = FILE_HEADER + CHUNK;
    let searched = "its header is damaged: its chunks were searched for";
    check(|it| it[16] ^= 1, 22, &[searched]);
    check(|it| it[..FILE_HEADER].fill(0x55), 22, &[searched]);
    check(|it| drop(it.drain(..FILE_HEADER)), 22, &[searched]);
    check(
        |it| drop(it.drain(FILE_HEADER..SECOND)),
        3,
        &["1 of its 2 chunks of events are not there or not recognizable"],
    );
    check(|it| it.truncate(SECOND), 19, &["1 of its 2 chunks of events are not there or not recognizable"]);
    // Only zeros behind the last event were cut off.
    check(|it| it.truncate(SECOND + 20_000), 22, &[]);
    check(
        |it| it.truncate(SECOND + 2000),
        20,
        &["2 events are damaged and were left out", "its last chunk of events is cut off"],
    );
    check(|it| it[FILE_HEADER + 60] ^= 1, 22, &["1 of its 2 chunks of events have a wrong checksum"]);
    check(
        |it| it.splice(SECOND..SECOND, [7; 100]).for_each(drop),
        22,
        &["100 bytes between its chunks are damaged and were passed over"],
    );
    // A chunk whose header is gone; a hundred empty chunks behind the last one are no damage.
    let mut told = sample();
    told[FILE_HEADER..FILE_HEADER + 8].fill(b'x');
    let (records, losses, _) = decode(&told, &Providers::All);
    assert_eq!((records.len(), losses.len()), (3, 2), "{losses:?}");
    check(|it| it.extend(vec![0; 100 * CHUNK]), 22, &[]);
}

#[test]
fn an_event_that_is_torn_costs_itself() {
    let mut bytes = sample();
    let second = FILE_HEADER + CHUNK;
    let size = u32::from_le_bytes(bytes[second + 516..second + 520].try_into().unwrap()) as usize;
    // An element that there is not, in the first event of the second chunk.
    bytes[second + 512 + 24 + 4] = 0x33;
    seal(&mut bytes[second..]);
    let (records, losses, _) = decode(&bytes, &Providers::All);
    assert_eq!(
        (records.len(), &losses[..]),
        (21, &["1 events are damaged and were left out".to_owned()][..])
    );
    // The head of the second event is overwritten.
    bytes[second + 512 + size..second + 512 + size + 4].fill(b'x');
    seal(&mut bytes[second..]);
    let (records, losses, _) = decode(&bytes, &updates());
    assert_eq!((records.len(), &losses[..]), (0, &["2 events are damaged and were left out".to_owned()][..]));
}

/// Windows had the log open: the last header is from before the last event.
#[test]
fn a_log_that_was_copied_while_in_use_is_read_to_its_end() {
    let mut bytes = sample();
    let second = FILE_HEADER + CHUNK;
    let stale = file(&[vec![], vec![other(20)]])[second..second + 512].to_vec();
    bytes[second..second + 512].copy_from_slice(&stale);
    bytes[120] |= 1;
    let header = evtx::checksum_ieee(&bytes[..120]);
    bytes[124..128].copy_from_slice(&header.to_le_bytes());
    let (records, losses, _) = decode(&bytes, &Providers::All);
    assert_eq!((records.len(), losses), (22, vec![]));
}

#[test]
fn no_damage_at_all_ends_the_run() {
    // A generator with a fixed seed: the same mutations in every run.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let samples = [file(&[vec![other(1), failure(2), other(3)]]), templated()];
    let used = FILE_HEADER + 512 + 4000;
    let rounds = std::env::var("CASEBOOK_MUTATIONS").ok().and_then(|it| it.parse().ok()).unwrap_or(600);
    for round in 0..rounds {
        let mut bytes = samples[round % 2].clone();
        for _ in 0..=random(12) {
            let at = if random(4) == 0 { random(FILE_HEADER + 512) } else { random(used) };
            bytes[at] = match random(3) {
                0 => 0xFF,
                1 => random(256) as u8,
                _ => bytes[at] ^ (1 << random(8)),
            };
        }
        if random(2) == 0 {
            seal_if_possible(&mut bytes[FILE_HEADER..]);
        }
        if random(8) == 0 {
            bytes.truncate(random(used) + 8);
        }
        let wanted = if round % 3 == 0 { Providers::All } else { updates() };
        if Event.fits_bytes(&bytes) {
            let (records, ..) = decode(&bytes, &wanted);
            assert!(records.len() <= 2400, "{}", records.len());
        }
    }
}

fn seal_if_possible(chunk: &mut [u8]) {
    let free = u32::from_le_bytes(chunk[48..52].try_into().unwrap()) as usize;
    if (512..=chunk.len()).contains(&free) {
        seal(chunk);
    }
}

/// Rules write names as their authors do; a name may hold what XML escapes.
#[test]
fn a_provider_is_wanted_in_any_spelling() {
    let of = |provider| Written { provider, ..failure(4) };
    for (rule, log) in [
        ("microsoft-windows-windowsupdateclient", UPDATE),
        (UPDATE, "MICROSOFT-Windows-WindowsUpdateClient"),
        ("R&D 'Agent'", "R&D 'Agent'"),
        ("r&d agent", "R&D Agent"),
    ] {
        let bytes = file(&[(1..3).map(other).collect(), vec![other(3), of(log)]]);
        let (records, losses, ledger) = decode(&bytes, &Providers::These(vec![rule.to_owned()]));
        assert_eq!((losses, records.len(), ledger.records), (vec![], 1, 4), "{rule}");
    }
}
