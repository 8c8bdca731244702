//! Huffman codes of DEFLATE: lengths from counts, codes from lengths, and the header that tells a decoder the lengths.

/// Bits, the lowest first.
#[derive(Default)]
pub(super) struct Bits {
    bytes: Vec<u8>,
    pending: usize,
    count: usize,
}

impl Bits {
    pub(super) fn put(&mut self, value: usize, width: usize) {
        self.pending |= value << self.count;
        self.count += width;
        while self.count >= 8 {
            self.bytes.push((self.pending & 0xff) as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    /// Fills the byte up.
    pub(super) fn align(&mut self) {
        if self.count > 0 {
            self.put(0, 8 - self.count);
        }
    }

    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        self.align();
        self.bytes
    }
}

/// A code: for each symbol how many bits it has, 0 for none, and which.
pub(super) struct Code {
    lengths: Vec<u8>,
    codes: Vec<usize>,
}

impl Code {
    /// The one code that has these lengths.
    pub(super) fn of_lengths(lengths: Vec<u8>) -> Self {
        let mut codes = vec![0; lengths.len()];
        let mut next = 0_u32;
        for length in 1..=15 {
            next <<= 1;
            for (code, _) in codes.iter_mut().zip(&lengths).filter(|(_, own)| **own == length) {
                *code = (next.reverse_bits() >> (32 - u32::from(length))) as usize;
                next += 1;
            }
        }
        Self { lengths, codes }
    }

    pub(super) fn put(&self, bits: &mut Bits, symbol: usize) {
        bits.put(self.codes[symbol], usize::from(self.lengths[symbol]));
    }

    /// How many bits so many of each symbol take.
    pub(super) fn size(&self, counts: &[usize]) -> usize {
        counts.iter().zip(&self.lengths).map(|(count, length)| count * usize::from(*length)).sum()
    }

    /// Up to the last symbol that has a code.
    fn used(&self) -> &[u8] {
        let last = self.lengths.iter().rposition(|length| *length > 0).map_or(0, |at| at + 1);
        &self.lengths[..last]
    }
}

/// The code that is best for these counts with no more than so many bits to a symbol.
pub(super) fn code_of(counts: &[usize], most_bits: usize) -> Code {
    let mut lengths = vec![0; counts.len()];
    let mut symbols: Vec<usize> = (0..counts.len()).filter(|symbol| counts[*symbol] > 0).collect();
    if symbols.len() <= 2 {
        symbols.iter().for_each(|symbol| lengths[*symbol] = 1);
        return Code::of_lengths(lengths);
    }
    // Of equal counts, the later symbol gets the shorter code.
    symbols.sort_by_key(|symbol| counts[*symbol]);
    let weights: Vec<usize> = symbols.iter().map(|symbol| counts[*symbol]).collect();
    for leaves in leaves_by_level(&weights, most_bits.min(symbols.len() - 1)) {
        symbols[..leaves].iter().for_each(|symbol| lengths[*symbol] += 1);
    }
    Code::of_lengths(lengths)
}

/// By package-merge: how many of the lightest symbols get another bit, for each level. A package goes before a symbol
/// of the same weight.
fn leaves_by_level(weights: &[usize], levels: usize) -> Vec<usize> {
    let mut rows: Vec<Vec<(usize, bool)>> = Vec::with_capacity(levels);
    for _ in 0..levels {
        let below = rows.last().map_or(&[][..], Vec::as_slice);
        let mut packages = below.chunks_exact(2).map(|pair| pair[0].0 + pair[1].0).peekable();
        let mut row = Vec::with_capacity(2 * weights.len());
        for weight in weights {
            while let Some(package) = packages.next_if(|package| package <= weight) {
                row.push((package, false));
            }
            row.push((*weight, true));
        }
        row.extend(packages.map(|package| (package, false)));
        rows.push(row);
    }
    let mut wanted = 2 * weights.len() - 2;
    let counted = rows.iter().rev().map(|row| {
        let leaves = row[..wanted].iter().filter(|(_, is_leaf)| *is_leaf).count();
        wanted = 2 * (wanted - leaves);
        leaves
    });
    counted.collect()
}

/// What tells a decoder both codes.
pub(super) struct Header {
    literals: usize,
    distances: usize,
    /// Symbols of the code of lengths, each with what follows it.
    runs: Vec<(usize, usize)>,
    code: Code,
    orders: usize,
    pub(super) size: usize,
}

/// In which order the lengths of the code of lengths are told.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

fn bits_behind(symbol: usize) -> usize {
    match symbol {
        16 => 2,
        17 => 3,
        18 => 7,
        _ => 0,
    }
}

pub(super) fn dynamic_header(literals: &Code, distances: &Code) -> Header {
    let (literals, distances) = (literals.used(), distances.used());
    let runs = runs_of(&[literals, distances].concat());
    let mut counts = [0; 19];
    runs.iter().for_each(|(symbol, _)| counts[*symbol] += 1);
    let code = code_of(&counts, 7);
    let orders = ORDER.iter().rposition(|symbol| code.lengths[*symbol] > 0).map_or(4, |at| (at + 1).max(4));
    let behind: usize = runs.iter().map(|(symbol, _)| bits_behind(*symbol)).sum();
    let size = 3 + 5 + 5 + 4 + 3 * orders + code.size(&counts) + behind;
    Header { literals: literals.len(), distances: distances.len(), runs, code, orders, size }
}

/// Lengths, with repetitions told as such; one may go from the first code into the second.
fn runs_of(lengths: &[u8]) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    for run in lengths.chunk_by(|one, other| one == other) {
        let symbol = usize::from(run[0]);
        let mut left = run.len();
        if symbol == 0 {
            while left >= 11 {
                let some = left.min(138);
                runs.push((18, some - 11));
                left -= some;
            }
            if left >= 3 {
                runs.push((17, left - 3));
                left = 0;
            }
        } else {
            runs.push((symbol, 0));
            left -= 1;
            while left >= 3 {
                let some = left.min(6);
                runs.push((16, some - 3));
                left -= some;
            }
        }
        runs.extend(std::iter::repeat_n((symbol, 0), left));
    }
    runs
}

pub(super) fn write_dynamic_header(bits: &mut Bits, header: &Header) {
    bits.put(0b100, 3);
    bits.put(header.literals - 257, 5);
    bits.put(header.distances - 1, 5);
    bits.put(header.orders - 4, 4);
    ORDER[..header.orders].iter().for_each(|symbol| bits.put(usize::from(header.code.lengths[*symbol]), 3));
    for (symbol, extra) in &header.runs {
        header.code.put(bits, *symbol);
        bits.put(*extra, bits_behind(*symbol));
    }
}
