//! Writes small binary event logs for tests, without templates: every event brings its elements along. The tests
//! of the whole program use it too.

/// One event, as far as tests need one.
pub struct Written<'w> {
    pub provider: &'w str,
    pub id: u32,
    pub level: u8,
    pub record: u64,
    /// `2024-03-14T02:11:21`, in UTC.
    pub time: &'w str,
    pub log: &'w str,
    pub computer: &'w str,
    pub data: &'w [(&'w str, &'w str)],
    /// The element of `UserData` that holds the data, instead of `EventData`.
    pub user_data: Option<&'w str>,
}

pub const CHUNK: usize = 64 << 10;
pub const FILE_HEADER: usize = 4096;

/// A file with these chunks of events.
pub fn file(chunks: &[Vec<Written<'_>>]) -> Vec<u8> {
    let last = chunks.iter().flatten().map(|it| it.record).max().unwrap_or(0);
    let mut bytes = vec![0; FILE_HEADER];
    put(&mut bytes, 0, b"ElfFile\0");
    put(&mut bytes, 16, &(chunks.len() as u64 - 1).to_le_bytes());
    put(&mut bytes, 24, &(last + 1).to_le_bytes());
    put(&mut bytes, 32, &128_u32.to_le_bytes());
    put(&mut bytes, 36, &1_u16.to_le_bytes());
    put(&mut bytes, 38, &3_u16.to_le_bytes());
    put(&mut bytes, 40, &(FILE_HEADER as u16).to_le_bytes());
    put(&mut bytes, 42, &(chunks.len() as u16).to_le_bytes());
    let checksum = crc32(&[&bytes[..120]]);
    put(&mut bytes, 124, &checksum.to_le_bytes());
    for events in chunks {
        bytes.extend(chunk(events));
    }
    bytes
}

/// Writes the checksums of a chunk again, after something in it was changed.
pub fn seal(chunk: &mut [u8]) {
    let free = u32::from_le_bytes(chunk[48..52].try_into().unwrap()) as usize;
    let events = crc32(&[&chunk[512..free]]);
    put(chunk, 52, &events.to_le_bytes());
    let header = crc32(&[&chunk[..120], &chunk[128..512]]);
    put(chunk, 124, &header.to_le_bytes());
}

fn chunk(events: &[Written<'_>]) -> Vec<u8> {
    let mut bytes = vec![0; 512];
    let mut last_offset = 0;
    for event in events {
        last_offset = bytes.len() as u32;
        record(&mut bytes, event);
    }
    let free = bytes.len() as u32;
    assert!(bytes.len() <= CHUNK, "too many events for a chunk");
    bytes.resize(CHUNK, 0);
    let ids = events.first().zip(events.last()).map_or((u64::MAX, u64::MAX), |(a, b)| (a.record, b.record));
    put(&mut bytes, 0, b"ElfChnk\0");
    for at in [8, 24] {
        put(&mut bytes, at, &ids.0.to_le_bytes());
        put(&mut bytes, at + 8, &ids.1.to_le_bytes());
    }
    put(&mut bytes, 40, &128_u32.to_le_bytes());
    put(&mut bytes, 44, &last_offset.to_le_bytes());
    put(&mut bytes, 48, &free.to_le_bytes());
    seal(&mut bytes);
    bytes
}

fn record(into: &mut Vec<u8>, event: &Written<'_>) {
    let start = into.len();
    into.extend(b"**\0\0\0\0\0\0");
    into.extend(event.record.to_le_bytes());
    into.extend(filetime(event.time).to_le_bytes());
    into.extend([0x0F, 1, 1, 0]);
    element(into, "Event", &[("xmlns", "http://schemas.microsoft.com/win/2004/08/events/event")], &|into| {
        element(into, "System", &[], &|into| {
            element(into, "Provider", &[("Name", event.provider)], &|_| {});
            text_element(into, "EventID", &event.id.to_string());
            text_element(into, "Level", &event.level.to_string());
            let time = format!("{}.4140000Z", event.time);
            element(into, "TimeCreated", &[("SystemTime", &time)], &|_| {});
            text_element(into, "EventRecordID", &event.record.to_string());
            text_element(into, "Channel", event.log);
            text_element(into, "Computer", event.computer);
        });
        match event.user_data {
            Some(name) => element(into, "UserData", &[], &|into| {
                element(into, name, &[], &|into| {
                    for (name, value) in event.data {
                        text_element(into, name, value);
                    }
                });
            }),
            None => element(into, "EventData", &[], &|into| {
                for (name, data) in event.data {
                    element(into, "Data", &[("Name", name)], &|into| value(into, data));
                }
            }),
        }
    });
    into.push(0);
    let size = (into.len() + 4 - start) as u32;
    into.extend(size.to_le_bytes());
    put(into, start + 4, &size.to_le_bytes());
}

fn text_element(into: &mut Vec<u8>, name: &str, text: &str) {
    element(into, name, &[], &|into| value(into, text));
}

fn element(into: &mut Vec<u8>, name: &str, attributes: &[(&str, &str)], content: &dyn Fn(&mut Vec<u8>)) {
    element_of(into, false, name, attributes, content);
}

/// In a template, an element says which value it depends on: here on none.
pub fn element_of(
    into: &mut Vec<u8>,
    template: bool,
    name: &str,
    attributes: &[(&str, &str)],
    content: &dyn Fn(&mut Vec<u8>),
) {
    into.push(if attributes.is_empty() { 0x01 } else { 0x41 });
    if template {
        into.extend([0xFF; 2]);
    }
    let start = into.len();
    into.extend([0; 4]);
    self::name(into, name);
    if !attributes.is_empty() {
        let list = into.len();
        into.extend([0; 4]);
        for (at, (attribute, text)) in attributes.iter().enumerate() {
            into.push(if at + 1 < attributes.len() { 0x46 } else { 0x06 });
            self::name(into, attribute);
            value(into, text);
        }
        let size = (into.len() - list - 4) as u32;
        put(into, list, &size.to_le_bytes());
    }
    into.push(0x02);
    content(into);
    into.push(0x04);
    let size = (into.len() - start - 4) as u32;
    put(into, start, &size.to_le_bytes());
}

/// A name, which stands where it is used.
fn name(into: &mut Vec<u8>, name: &str) {
    let units: Vec<u16> = name.encode_utf16().collect();
    let hash = units.iter().fold(0_u32, |hash, it| hash.wrapping_mul(65599).wrapping_add(u32::from(*it)));
    into.extend((into.len() as u32 + 4).to_le_bytes());
    into.extend([0; 4]);
    into.extend((hash as u16).to_le_bytes());
    into.extend((units.len() as u16).to_le_bytes());
    into.extend(units.iter().flat_map(|it| it.to_le_bytes()));
    into.extend([0; 2]);
}

/// A text, or in a template `{number type}` for one of its values.
pub fn value(into: &mut Vec<u8>, text: &str) {
    if let Some((number, kind)) =
        text.strip_prefix('{').and_then(|it| it.trim_end_matches('}').split_once(' '))
    {
        into.push(0x0D);
        into.extend(number.parse::<u16>().unwrap().to_le_bytes());
        into.push(kind.parse().unwrap());
        return;
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    into.extend([0x05, 0x01]);
    into.extend((units.len() as u16).to_le_bytes());
    into.extend(units.iter().flat_map(|it| it.to_le_bytes()));
}

pub fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    bytes[at..at + what.len()].copy_from_slice(what);
}

/// Counts of 100 nanoseconds since 1601.
pub fn filetime(time: &str) -> u64 {
    let part = |from: usize, to: usize| time[from..to].parse::<u64>().unwrap();
    let (year, month, day) = (part(0, 4), part(5, 7), part(8, 10));
    // Counted from March on, a leap day is the last of its year; 1601 began 584,694 days after the year 0 of that.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 584_695;
    (days * 86_400 + part(11, 13) * 3600 + part(14, 16) * 60 + part(17, 19)) * 10_000_000
}

fn crc32(parts: &[&[u8]]) -> u32 {
    let mut crc = u32::MAX;
    for byte in parts.iter().flat_map(|it| it.iter()) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}
