//! LZX as cabinets use it: the decoder is a library, but the last step, which makes the addresses of x86 calls
//! absolute again, is done here (the library takes an address of zero for a negative one).

use lzxd::{Lzxd, WindowSize};

/// The step ends here.
const LAST: usize = 1 << 30;

pub struct Lzx {
    decoder: Lzxd,
    /// The size of the file that the step was made for: read from the first block, 0 if there is no step.
    calls: Option<i32>,
    position: usize,
    block: Vec<u8>,
}

impl Lzx {
    /// A window of 2^`bits` bytes, 15 to 21.
    pub fn new(bits: u16) -> Self {
        let window = match bits {
            15 => WindowSize::KB32,
            16 => WindowSize::KB64,
            17 => WindowSize::KB128,
            18 => WindowSize::KB256,
            19 => WindowSize::KB512,
            20 => WindowSize::MB1,
            _ => WindowSize::MB2,
        };
        Self { decoder: Lzxd::new(window), calls: None, position: 0, block: Vec::new() }
    }

    /// The next block, which holds `size` bytes. `Err`: what is wrong with it.
    pub fn unpack(&mut self, data: &[u8], size: usize) -> Result<&[u8], String> {
        let mut first;
        let mut data = data;
        let calls = match self.calls {
            Some(calls) => calls,
            None => {
                first = data.to_vec();
                let calls = take_calls(&mut first);
                data = &first;
                *self.calls.insert(calls)
            }
        };
        let unpacked = self.decoder.decompress_next(data, size).map_err(|it| it.to_string())?;
        self.block.clear();
        self.block.extend_from_slice(unpacked);
        if calls != 0 && self.position < LAST {
            translate(&mut self.block, self.position, calls);
        }
        self.position += size;
        Ok(&self.block)
    }
}

/// The size in the first block, which becomes 0 there: with it, the decoder's own step changes nothing.
fn take_calls(block: &mut [u8]) -> i32 {
    let Some(head) = block.first_chunk_mut::<6>() else { return 0 };
    // Bits are counted from the top of little-endian words: one that says whether the size follows, then its
    // upper and its lower half.
    let word = |at: usize| u64::from(u16::from_le_bytes([head[at], head[at + 1]]));
    let bits = word(0) << 32 | word(2) << 16 | word(4);
    if bits >> 47 == 0 {
        return 0;
    }
    let kept = bits & 0x8000_0000_7FFF;
    for (at, shift) in [(0, 32), (2, 16), (4, 0)] {
        head[at..at + 2].copy_from_slice(&((kept >> shift) as u16).to_le_bytes());
    }
    ((bits >> 15) & 0xFFFF_FFFF) as i32
}

/// Makes the absolute addresses behind the byte of a call (E8) relative again.
fn translate(block: &mut [u8], position: usize, size: i32) {
    let Some(end) = block.len().checked_sub(10) else { return };
    let mut at = 0;
    while at < end {
        let Some(found) = memchr::memchr(0xE8, &block[at..end]) else { return };
        at += found;
        let Some(address) = block.get_mut(at + 1..at + 5).and_then(|it| it.first_chunk_mut::<4>()) else {
            return;
        };
        let (absolute, here) = (i32::from_le_bytes(*address), (position + at) as i32);
        if absolute >= -here && absolute < size {
            let relative = if absolute >= 0 { absolute - here } else { absolute.wrapping_add(size) };
            *address = relative.to_le_bytes();
        }
        at += 5;
    }
}
